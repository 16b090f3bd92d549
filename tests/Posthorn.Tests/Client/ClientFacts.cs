using Posthorn.Client;
using Posthorn.Signing;

namespace Posthorn.Tests.Client;

/// <summary>What the client's facts begin with.</summary>
internal static class ClientFacts
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    public static NotificationEnvelope Envelope(string? id = null) => new()
    {
        Id = id,
        Type = "batch.completed",
        Destination = new NotificationDestination { Url = new Uri("https://example.com/hook?token=hidden"), Secret = new SigningSecret("top-secret") },
        Data = JsonData.Parse("""{ "n" : 1.0 }"""),
    };

    public static WebhookEvent Event(string type = "batch.completed", string? id = null) => new() { Id = id, Type = type, Data = JsonData.Parse("{}") };

    public static PosthornClientOptions Options(int maxRetries = 3) => new() { Server = new Uri("http://worker.test"), MaxRetries = maxRetries };

    public static PosthornClient Client(FakeServer server, PosthornClientOptions? options = null, TimeProvider? clock = null) =>
        new(new HttpClient(server), options ?? Options(), clock ?? new ImpatientClock(Deadline), new Random(1));
}
