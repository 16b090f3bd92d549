using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Amqp;

/// <summary>What Azure's own SDKs do with the embedded queue; nobody here wrote those clients.</summary>
public abstract class AzureSdkContract(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Secret = "your-secret-key";
    private const int Kills = 3;

    /// <summary>Each does this, in this order, whatever the language.</summary>
    private static readonly string[] Steps =
    [
        "send and complete", "batch", "schedule and cancel", "abandon", "dead-letter", "browse the dead-letter queue", "receive from the dead-letter queue", "renew a lock",
        "peek", "typed properties", "large message", "too large a message", "receive and delete", "1,000 messages concurrently", "wrong key", "sessions",
    ];

    private readonly Harness _harness = new();

    internal abstract AzureSdk Sdk { get; }

    public async ValueTask InitializeAsync() => await Sdk.RequireAsync(_harness);

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_program_does_everything_as_on_Azure()
    {
        var door = new FrontDoor(_harness);
        await _harness.StartWorkerAsync([.. door.Settings, "--delivery:enabled=false"]);

        var program = Sdk.Start(_harness, door, "conversation");
        await program.WaitForExitAsync(TimeSpan.FromSeconds(90));

        var steps = program.JsonLines();
        foreach (var step in steps) output.WriteLine($"{Text(step, "step")}: {Text(step, "outcome")}, {step.GetProperty("ms").GetInt64()} ms");
        steps.Where(step => Text(step, "outcome") != "passed").Select(step => $"{Text(step, "step")}: {Text(step, "detail")}").ShouldBeEmpty(program.Errors);
        steps.Select(step => Text(step, "step")).ShouldBe(Steps, ignoreOrder: true, program.Everything());
        program.ExitCode.ShouldBe(0, program.Everything());
    }

    [Fact]
    public async Task What_a_program_saw_sent_is_on_the_queue_however_often_the_worker_was_killed_and_the_program_reconnects()
    {
        var door = new FrontDoor(_harness);
        string[] settings = [.. door.Settings, "--delivery:enabled=false"];
        var worker = await _harness.StartWorkerAsync(settings);
        var program = Sdk.Start(_harness, door, "sending");
        for (var kill = 1; kill <= Kills; kill++)
        {
            await UntilSentAsync(program, Random.Shared.Next(30, 120));
            await worker.KillAsync();
            worker = await _harness.StartWorkerAsync(settings);
        }

        await UntilSentAsync(program, 30);
        program.Input.Close();
        await program.WaitForExitAsync(TimeSpan.FromSeconds(30));
        await worker.TerminateAsync();

        program.ExitCode.ShouldBe(0, program.Everything());
        var (sent, queued) = (SentBy(program), await QueuedAsync());
        output.WriteLine($"{Kills} kills: {sent.Count} sends succeeded, {queued.Count} messages are on the queue");
        sent.Where(id => !queued.Contains(id)).ShouldBeEmpty(program.Everything());
    }

    [Fact]
    public async Task The_producer_of_the_readme_sends_a_notification_that_is_delivered_with_its_signature()
    {
        await using var receiver = await Receiver.StartAsync();
        var door = new FrontDoor(_harness);
        _harness.Environment["secrets__papr"] = Secret;
        var worker = await _harness.StartWorkerAsync(door.Settings);

        var file = _harness.Write($"producer.{Sdk.Extension}", ReadmeProducer.In(Sdk.Name));
        var program = Sdk.StartFile(_harness, door, file, ("WEBHOOK_URL", receiver.Url("/webhook").OriginalString));
        await program.WaitForExitAsync(TimeSpan.FromSeconds(30));
        program.ExitCode.ShouldBe(0, program.Everything());
        await Harness.UntilAsync(() => receiver.Count > 0, "it arrives", worker.Everything);

        var request = receiver.Requests.ShouldHaveSingleItem();
        request["X-Webhook-Signature"].ShouldBe("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), request.Body)), "as seeds/002 verifies it");
        (request["X-Webhook-Secret"], request["X-Webhook-Event"], request["User-Agent"], request["Content-Type"]).ShouldBe((Secret, "batch.completed", "PaprMemory-BatchWebhook/1.0", "application/json"));
        JsonNode.DeepEquals(JsonNode.Parse(request.Body), Sample()).ShouldBeTrue(request.Text);
        await _harness.UntilQueueIsEmptyAsync();
    }

    private static Task UntilSentAsync(ChildProcess program, int more)
    {
        var enough = SentBy(program).Count + more;
        return Harness.UntilAsync(() => SentBy(program).Count >= enough || program.HasExited, $"{more} more are sent", program.Everything);
    }

    private static List<string> SentBy(ChildProcess program) => [.. program.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    private async Task<HashSet<string>> QueuedAsync()
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = _harness.QueueFile, LockDuration = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        var ids = new HashSet<string>();
        while (await queue.ReceiveAsync(2000, 2000, TimeSpan.Zero, CancellationToken.None) is { Count: > 0 } leases)
            ids.UnionWith(leases.Select(lease => lease.Message.MessageId));
        return ids;
    }

    /// <summary>The payload that seeds/002 prints.</summary>
    private static JsonNode? Sample() => JsonNode.Parse(File.ReadAllText(Path.Combine(Documents.Root, "tests", "Samples", "papr-batch.batch.completed.json")))?["data"];

    private static string Text(JsonElement step, string name) => step.GetProperty(name).GetString() ?? "";
}

/// <summary>@azure/service-bus.</summary>
public sealed class JavaScriptSdkTests(ITestOutputHelper output) : AzureSdkContract(output)
{
    internal override AzureSdk Sdk => AzureSdk.JavaScript;
}

/// <summary>azure-servicebus.</summary>
public sealed class PythonSdkTests(ITestOutputHelper output) : AzureSdkContract(output)
{
    internal override AzureSdk Sdk => AzureSdk.Python;
}
