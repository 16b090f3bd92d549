using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class AccessTests
{
    private const string Audience = "sb://localhost/batch-notifications";

    [Fact]
    public async Task Without_a_claim_nothing_can_be_attached()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync(password: null);

        foreach (var address in new[] { DoorHarness.Queue, DoorHarness.DeadLetters, "nowhere", $"{DoorHarness.Queue}/$management" })
            (await RefusalAsync(session, address)).ShouldBe("amqp:unauthorized-access");
    }

    [Fact]
    public async Task A_claim_opens_its_entity_and_no_other()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync(password: null);

        (await PutAsync(session, Token(Audience + "/$deadletterqueue"), Audience + "/$deadletterqueue")).ShouldBe(202);

        (await RefusalAsync(session, DoorHarness.Queue)).ShouldBe("amqp:unauthorized-access");
        (await PutAsync(session, Token(Audience), Audience)).ShouldBe(202);
        (await RefusalAsync(session, DoorHarness.Queue)).ShouldBeNull();
    }

    [Theory]
    [InlineData("another key", Audience, 60, DoorHarness.KeyName)]
    [InlineData(DoorHarness.Key, "sb://localhost/another", 60, DoorHarness.KeyName)]
    [InlineData(DoorHarness.Key, "sb://localhost/batch", 60, DoorHarness.KeyName)]
    [InlineData(DoorHarness.Key, "sb://elsewhere/batch-notifications", 60, DoorHarness.KeyName)]
    [InlineData(DoorHarness.Key, Audience, -1, DoorHarness.KeyName)]
    [InlineData(DoorHarness.Key, Audience, 60, "AnotherName")]
    public async Task A_token_that_does_not_hold_is_refused(string key, string resource, int seconds, string keyName)
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync(password: null);

        (await PutAsync(session, Token(resource, key, seconds, keyName), Audience)).ShouldBe(401);
        (await RefusalAsync(session, DoorHarness.Queue)).ShouldBe("amqp:unauthorized-access");
    }

    [Theory]
    [InlineData("jwt", "eyJ0eXAiOiJKV1QifQ.e30.x")]
    [InlineData("servicebus.windows.net:sastoken", "no token")]
    [InlineData("servicebus.windows.net:sastoken", "SharedAccessSignature sr=a&sr=b&sig=c&se=1&skn=d")]
    public async Task What_is_no_shared_access_signature_is_refused(string type, string token)
    {
        await using var door = await DoorHarness.StartAsync();

        (await PutAsync(await door.ConnectAsync(password: null), token, Audience, type)).ShouldBe(401);
    }

    [Fact]
    public async Task A_link_ends_with_its_token()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync(password: null);
        (await PutAsync(session, Token(Audience, seconds: 2), Audience)).ShouldBe(202);
        var closed = new TaskCompletionSource<string>();
        var receiver = new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue);
        receiver.AddClosedCallback((_, error) => closed.SetResult(error?.Condition.ToString() ?? ""));
        receiver.SetCredit(1, autoRestore: false);

        (await closed.Task.WaitAsync(DoorHarness.Patience)).ShouldBe("amqp:unauthorized-access");
    }

    [Fact]
    public async Task A_wrong_password_is_no_connection()
    {
        await using var door = await DoorHarness.StartAsync();

        await Should.ThrowAsync<Lite.AmqpException>(() => door.ConnectAsync("wrong"));
    }

    [Fact]
    public async Task An_entity_that_there_is_not_is_not_found()
    {
        await using var door = await DoorHarness.StartAsync();

        (await RefusalAsync(await door.ConnectAsync(), "nowhere")).ShouldBe("amqp:not-found");
    }

    private static string Token(string resource, string key = DoorHarness.Key, int seconds = 60, string keyName = DoorHarness.KeyName)
    {
        var (encoded, expiry) = (WebUtility.UrlEncode(resource), DateTimeOffset.UtcNow.AddSeconds(seconds).ToUnixTimeSeconds());
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{encoded}\n{expiry}")));
        return $"SharedAccessSignature sr={encoded}&sig={WebUtility.UrlEncode(signature)}&se={expiry}&skn={keyName}";
    }

    private static async Task<int> PutAsync(Lite.Session session, string token, string resource, string type = "servicebus.windows.net:sastoken")
    {
        var reply = await DoorHarness.AskAsync(session, "$cbs", token, ("operation", "put-token"), ("type", type), ("name", resource));
        return (int)reply.ApplicationProperties["status-code"];
    }

    private static async Task<string?> RefusalAsync(Lite.Session session, string address)
    {
        var closed = new TaskCompletionSource<string?>();
        var receiver = new Lite.ReceiverLink(session, $"to-{Guid.NewGuid():N}", new Lite.Framing.Source { Address = address }, (_, attach) =>
        {
            if (attach.Source is not null) closed.TrySetResult(null);
        });
        receiver.AddClosedCallback((_, error) => closed.TrySetResult(error?.Condition.ToString()));
        var refusal = await closed.Task.WaitAsync(DoorHarness.Patience);
        if (refusal is null) await receiver.CloseAsync();
        return refusal;
    }
}
