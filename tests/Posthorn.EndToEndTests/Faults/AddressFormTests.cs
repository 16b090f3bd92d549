using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Posthorn.Queues;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>
/// No URL leads inside, however it is spelled: not from the API, not from the command line, and not from the queue. The worker runs
/// as in production, but for plain http, so that it is the address that is refused.
/// </summary>
public sealed class AddressFormTests(AddressFormTests.Worker worker) : IClassFixture<AddressFormTests.Worker>
{
    private static readonly string[] Reasons = ["BlockedAddress", "InvalidDestination"];

    [Fact]
    public async Task Fault_42_the_API_refuses_every_form_with_400()
    {
        await using var inside = new HostileReceiver(HostileAnswers.Status(200), address: IPAddress.IPv6Any);

        foreach (var url in AddressForms.Urls(inside.Port))
        {
            var answer = await worker.CallAsync("POST /api/notifications", Envelope("evt_42", url));
            answer.Status.ShouldBe(HttpStatusCode.BadRequest, url);
            answer.Paths.ShouldContain("$.destination.url", url);
        }

        await ShouldNotHaveBeenReachedAsync(inside);
    }

    [Fact]
    public async Task Fault_42_no_endpoint_is_registered_with_any_form()
    {
        await using var inside = new HostileReceiver(HostileAnswers.Status(200), address: IPAddress.IPv6Any);

        foreach (var url in AddressForms.Urls(inside.Port))
        {
            var answer = await worker.CallAsync("POST /api/webhooks", $$"""{"url":{{JsonSerializer.Serialize(url)}},"events":["*"],"verify":true}""");
            answer.Status.ShouldBe(HttpStatusCode.BadRequest, url);
            answer.Paths.ShouldContain("$.url", url);
        }

        await ShouldNotHaveBeenReachedAsync(inside);
    }

    [Fact]
    public async Task Fault_42_the_command_line_refuses_every_form()
    {
        await using var inside = new HostileReceiver(HostileAnswers.Status(200), address: IPAddress.IPv6Any);
        var urls = AddressForms.Urls(inside.Port);
        var file = worker.Harness.Write("forms.ndjson", string.Join('\n', urls.Select((url, n) => Envelope($"evt_42_{n}", url))));

        var sent = await worker.Harness.RunAsync("send", file, "--json");

        sent.ExitCode.ShouldBe(1, sent.Everything());
        var lines = sent.JsonLines();
        lines.Count(line => line.TryGetProperty("outcome", out var outcome) && outcome.GetString() == "refused").ShouldBe(urls.Count);
        lines[^1].GetProperty("accepted").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Fault_42_every_form_on_the_queue_is_dead_lettered_at_once_without_an_attempt()
    {
        await using var inside = new HostileReceiver(HostileAnswers.Status(200), address: IPAddress.IPv6Any);
        var urls = AddressForms.Urls(inside.Port);

        QueueMessage[] messages = [.. urls.Select((url, n) => Plain($"plain-{n}", url)), .. urls.Select((url, n) => Composed($"composed-{n}", url))];

        await worker.PutAsync(messages);

        var letters = await worker.UntilDeadAsync(messages.Select(message => message.MessageId));
        for (var n = 0; n < urls.Count; n++)
        {
            foreach (var letter in new[] { letters[$"plain-{n}"], letters[$"composed-{n}"] })
            {
                Reasons.ShouldContain(letter.Text("reason"), $"{urls[n]}: {letter}");
                letter.GetProperty("attempts").GetInt32().ShouldBe(0, urls[n]);
            }
        }

        await ShouldNotHaveBeenReachedAsync(inside);
    }

    [Fact]
    public async Task Fault_42_a_literal_address_is_blocked_and_what_is_no_URL_is_invalid()
    {
        await worker.PutAsync([Plain("literal", "https://10.1.2.3/hook"), Plain("metadata", "https://169.254.169.254/"), Plain("scheme", "ftp://example.com/"), Plain("user", "https://user@example.com/")]);

        var letters = await worker.UntilDeadAsync("literal", "metadata", "scheme", "user");
        letters["literal"].Text("reason").ShouldBe("BlockedAddress");
        letters["metadata"].Text("reason").ShouldBe("BlockedAddress");
        letters["scheme"].Text("reason").ShouldBe("InvalidDestination");
        letters["user"].Text("reason").ShouldBe("InvalidDestination");
    }

    /// <summary>Nobody came; and had anybody come, by either protocol, it would have been seen.</summary>
    private static async Task ShouldNotHaveBeenReachedAsync(HostileReceiver inside)
    {
        inside.Connections.ShouldBe(0);
        using var four = new TcpClient(AddressFamily.InterNetwork);
        using var six = new TcpClient(AddressFamily.InterNetworkV6);
        await four.ConnectAsync(IPAddress.Loopback, inside.Port);
        await six.ConnectAsync(IPAddress.IPv6Loopback, inside.Port);
        await Harness.UntilAsync(() => inside.Connections == 2, "the listener sees who comes");
    }

    internal static string Envelope(string id, string url) => $$"""{"id":"{{id}}","type":"test.happened","destination":{"url":{{JsonSerializer.Serialize(url)}}},"data":1}""";

    internal static QueueMessage Plain(string id, string url) => new() { MessageId = id, Body = Encoding.UTF8.GetBytes(Envelope(id, url)) };

    private static QueueMessage Composed(string id, string url) => new()
    {
        MessageId = id,
        Body = "{}"u8.ToArray(),
        ContentType = "application/json",
        Properties = new Dictionary<string, string> { ["type"] = "test.happened", ["url"] = url },
    };

    /// <summary>A worker as in production, but for plain http.</summary>
    public sealed class Worker : NetworkWorker
    {
        public override ValueTask InitializeAsync()
        {
            Harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
            Harness.With("--network:allowHttp=true");
            return base.InitializeAsync();
        }
    }
}
