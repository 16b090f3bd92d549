using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>Fault 56 as a receiver sees it: both secrets sign while one rotates.</summary>
public sealed class SecretRotationTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task Fault_56_after_a_rotation_a_request_carries_the_signatures_of_the_new_secret_and_of_the_old()
    {
        await using var consumer = await Consumer.StartAsync();
        var registered = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["key.turned"]}""");
        var (id, old) = (registered.Text("id"), registered.Text("secret"));

        await _harness.PublishAsync(Event("evt_before"));
        await _harness.UntilDeliveryIsAsync("evt_before", "delivered");
        var rotated = await _harness.CallAsync($"POST /api/webhooks/{id}/rotate-secret");
        await _harness.PublishAsync(Event("evt_after"));
        await _harness.UntilDeliveryIsAsync("evt_after", "delivered");

        rotated.Status.ShouldBe(HttpStatusCode.OK, rotated.Text);
        var made = rotated.Json.Text("secret");
        made.ShouldStartWith("whsec_");
        made.ShouldNotBe(old);
        DateTimeOffset.Parse(rotated.Json.Text("previous_secret_until")).ShouldBeInRange(DateTimeOffset.UtcNow.AddHours(23), DateTimeOffset.UtcNow.AddHours(25));
        consumer.Requests[0]["webhook-signature"].ShouldBe(Signature(consumer.Requests[0], old));
        consumer.Requests[1]["webhook-signature"].ShouldBe($"{Signature(consumer.Requests[1], made)} {Signature(consumer.Requests[1], old)}");
    }

    [Fact]
    public async Task A_secret_of_the_owner_is_taken_and_one_of_the_wrong_form_is_refused()
    {
        await using var consumer = await Consumer.StartAsync();
        var id = await _harness.RegisterAsync(consumer.Url(), "key.given");
        const string Given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

        var refused = await _harness.CallAsync($"POST /api/webhooks/{id}/rotate-secret", """{"secret":"whsec_&&"}""");
        var taken = await _harness.CallAsync($"POST /api/webhooks/{id}/rotate-secret", $$"""{"secret":"{{Given}}"}""");
        var shown = await _harness.CallAsync($"GET /api/webhooks/{id}");

        refused.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["$.secret"]);
        taken.Json.Text("secret").ShouldBe(Given);
        shown.Json.Has("secret").ShouldBeFalse();
        running.Harness.DescribeProcesses().ShouldNotContain(Given);
    }

    private static string Event(string id) => $$"""{"id":"{{id}}","type":"key.turned","data":{"n":1} }""";

    /// <summary>Standard Webhooks 1.0, by hand.</summary>
    private static string Signature(Received request, string secret)
    {
        var signed = (byte[])[.. Encoding.UTF8.GetBytes($"{request["webhook-id"]}.{request["webhook-timestamp"]}."), .. request.Body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed));
    }
}
