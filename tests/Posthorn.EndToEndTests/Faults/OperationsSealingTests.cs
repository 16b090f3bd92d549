using System.Security.Cryptography;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A sealing key that replicas share, one that is another, and one that is none.</summary>
public sealed class OperationsSealingTests : IAsyncLifetime
{
    private const string Secret = "your-secret-key";
    private static readonly string Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.2").With("--profiles:fast:extends=papr-batch");

    /// <summary>What is no key, and what is said of it.</summary>
    public static TheoryData<string, string> Rubbish => new()
    {
        { "hunter2-hunter2-hunter2", "is not a key (it is not shown)" },
        { Convert.ToBase64String("sixteen hunter2!"u8), "is not a key (it is not shown)" },
        { "file:absent.txt", "the file 'absent.txt' cannot be read" },
        { "file:data", "the file 'data' cannot be read" },
        { "file:empty.txt", "the file 'empty.txt' holds something that is not a key (it is not shown)" },
        { "file:wrong.txt", "the file 'wrong.txt' holds something that is not a key (it is not shown)" },
        { "keyvault:sealing-key", "names a secret of Key Vault, and keyVault:url is not set" },
        { "keyvault:hunter2/x", "names no secret of Key Vault" },
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [MemberData(nameof(Rubbish))]
    public async Task Fault_66_a_sealing_key_that_is_none_is_named_and_not_shown(string key, string said)
    {
        Directory.CreateDirectory(Path.Combine(_harness.Folder, "data"));
        _harness.Write("empty.txt", "\n");
        _harness.Write("wrong.txt", "hunter2 is my key");
        _harness.Environment["sealing__key"] = key;

        var run = await _harness.RunAsync("serve");

        run.ExitCode.ShouldBe(2, run.Everything());
        var line = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem(run.Everything());
        line.ShouldStartWith($"posthorn: sealing:key: {said}");
        line.ShouldContain("; accepted: the base64 of 32 bytes");
        foreach (var never in new[] { "hunter2", Convert.ToBase64String("sixteen hunter2!"u8), "   at ", "Exception" }) (run.Output + run.Errors).ShouldNotContain(never);
    }

    [Fact]
    public async Task What_one_replica_accepts_another_with_the_same_key_and_a_folder_of_its_own_delivers()
    {
        await using var receiver = new RawReceiver();
        await AcceptElsewhereAsync(receiver);

        var worker = await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();

        receiver.Requests.ShouldHaveSingleItem()["X-Webhook-Secret"].ShouldBe(Secret);
        receiver.Requests[0]["X-Webhook-Signature"].ShouldNotBeNull().ShouldStartWith("sha256=");
        Directory.Exists(_harness.QueueFile + ".keys").ShouldBeFalse("there is no ring");
        worker.Everything().ShouldNotContain(Key);
    }

    [Fact]
    public async Task Fault_55_what_another_key_sealed_is_a_dead_letter_and_signed_when_the_key_is_back()
    {
        await using var receiver = new RawReceiver();
        await AcceptElsewhereAsync(receiver);
        _harness.Environment["sealing__key"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

        var blind = await _harness.StartWorkerAsync();
        var letter = (await _harness.UntilDeadAsync(1)).ShouldHaveSingleItem();
        (letter.Text("reason"), letter.GetProperty("attempts").GetInt32()).ShouldBe(("SecretUnavailable", 2));
        letter.Text("description").ShouldContain("a key that is not among those of sealing:key");
        receiver.Requests.ShouldBeEmpty();
        await blind.TerminateAsync();

        _harness.Environment["sealing__key"] = $"{_harness.Environment["sealing__key"]},{Key}";
        await _harness.StartWorkerAsync();
        await _harness.CallAsync("POST /api/dead-letters/replay", $$"""{"sequences":[{{letter.GetProperty("sequence")}}]}""");
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "the replay arrives", _harness.DescribeProcesses);
        receiver.Requests[0]["X-Webhook-Secret"].ShouldBe(Secret);
    }

    /// <summary>Another replica puts an envelope onto its queue, and nothing but that comes over: as by a broker that both use.</summary>
    private async Task AcceptElsewhereAsync(RawReceiver receiver)
    {
        _harness.Environment["sealing__key"] = Key;
        var file = _harness.Write("one.json", Envelopes.Of("evt_shared", receiver.Url(), "fast", $"\"secret\":\"{Secret}\""));
        var here = _harness.Settings[0];
        _harness.Settings[0] = "--queue:sqlite:path=elsewhere/queue.db";
        (await _harness.RunAsync("send", file)).ExitCode.ShouldBe(0, _harness.DescribeProcesses());
        _harness.Settings[0] = here;
        var data = Directory.CreateDirectory(Path.Combine(_harness.Folder, "data"));
        foreach (var part in Directory.GetFiles(Path.Combine(_harness.Folder, "elsewhere"), "queue.db*")) File.Move(part, Path.Combine(data.FullName, Path.GetFileName(part)));
    }
}
