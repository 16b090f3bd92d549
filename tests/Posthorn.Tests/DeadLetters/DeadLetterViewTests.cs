using System.Text;
using System.Text.Json;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class DeadLetterViewTests
{
    private const string Secret = "do-not-print-me";

    private const string Json = """
        {"id":"evt_1","type":"batch.completed","profile":"papr-batch","tenant":"user_1","subject":"batch-7","data":{"a": 1},
         "destination":{"url":"https://example.com/hook?key=do-not-print-me","secret":"do-not-print-me","bearer_token":"do-not-print-me","headers":{"X-Key":"do-not-print-me"}}}
        """;

    [Fact]
    public void A_message_with_properties_shows_its_envelope() => ShouldShowTheEnvelope(DeadLetterView.Of(Dead(Given.Read(Json).Message.ShouldNotBeNull())));

    [Fact]
    public void A_plain_message_shows_its_envelope() => ShouldShowTheEnvelope(DeadLetterView.Of(Dead(Plain(Json))));

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"a\":\"\\ud800\",\"\\ud800\":1}")]
    public void A_message_that_is_no_envelope_shows_what_can_be_read(string body)
    {
        var view = DeadLetterView.Of(Dead(Plain(body)));

        view.Id.ShouldBe("msg-1");
        (view.Type, view.Profile, view.Destination).ShouldBe((null, null, null));
        view.Reason.ShouldBe("MalformedEnvelope");
        Should.NotThrow(() => JsonSerializer.Serialize(DeadLetterDetail.Of(Dead(Plain(body))), DeadLetterJson.Default.DeadLetterDetail));
    }

    [Fact]
    public void A_plain_message_with_a_fault_shows_its_other_fields()
    {
        var view = DeadLetterView.Of(Dead(Plain("""{"type":"t","colour":"red","profile":"nobody"}""")));

        (view.Type, view.Profile, view.Destination).ShouldBe(("t", "nobody", null));
    }

    [Fact]
    public void No_secret_is_in_the_JSON_of_either_form()
    {
        foreach (var letter in new[] { Dead(Given.Read(Json).Message.ShouldNotBeNull()), Dead(Plain(Json)) })
        {
            JsonSerializer.Serialize(DeadLetterView.Of(letter), DeadLetterJson.Default.DeadLetterView).ShouldNotContain(Secret);
            JsonSerializer.Serialize(DeadLetterDetail.Of(letter), DeadLetterJson.Default.DeadLetterDetail).ShouldNotContain(Secret);
        }
    }

    [Fact]
    public void No_secret_of_a_malformed_message_is_shown()
    {
        var letter = Dead(Plain(Json.Replace("\"type\"", "\"type\":\"t\",\"type\"", StringComparison.Ordinal)));

        JsonSerializer.Serialize(DeadLetterDetail.Of(letter), DeadLetterJson.Default.DeadLetterDetail).ShouldNotContain(Secret);
    }

    [Fact]
    public void The_field_names_are_those_that_scripts_rely_on()
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(DeadLetterDetail.Of(Dead(Plain(Json))), DeadLetterJson.Default.DeadLetterDetail));

        json.RootElement.EnumerateObject().Select(field => field.Name).ShouldBe(
            [
                "sequence", "id", "type", "profile", "tenant", "subject", "reason", "status", "error", "description", "attempts", "replays", "run", "destination", "endpoint_id",
                "delivery_id", "dead_lettered_at", "enqueued_at", "delivery_count", "history", "expires_at", "headers", "headers_unknown", "content_type", "payload",
            ],
            ignoreOrder: true);
    }

    [Fact]
    public void The_payload_is_JSON_as_it_is_and_other_bytes_as_base64()
    {
        Payload(Dead(Plain(Json))).ShouldBe("""{"a": 1}""");
        Payload(Dead(Given.Read(Json).Message.ShouldNotBeNull() with { Body = new byte[] { 0, 255 } })).ShouldBe("\"AP8=\"");
    }

    [Fact]
    public void The_history_is_every_attempt()
    {
        var attempt = new AttemptRecord { Number = 1, At = Given.Now, DurationMs = 3, Status = 500, Detail = "HTTP 500" };
        var letter = Dead(Plain(Json)) with { Progress = DeliveryProgress.None.After(attempt) with { AttemptsMade = 0, Replays = 1 } };

        var detail = DeadLetterDetail.Of(letter);

        detail.History.ShouldHaveSingleItem().ShouldBe(attempt);
        (detail.Attempts, detail.Replays).ShouldBe((0, 1));
    }

    private static void ShouldShowTheEnvelope(DeadLetterView view)
    {
        (view.Sequence, view.Id, view.Type, view.Profile).ShouldBe((7, "evt_1", "batch.completed", "papr-batch"));
        (view.Tenant, view.Subject, view.Destination).ShouldBe(("user_1", "batch-7", "https://example.com/hook"));
        (view.Reason, view.Description, view.DeadLetteredAt).ShouldBe(("MalformedEnvelope", "why", Given.Now));
    }

    private static string Payload(DeadLetter letter)
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(DeadLetterDetail.Of(letter), DeadLetterJson.Default.DeadLetterDetail));
        return json.RootElement.GetProperty("payload").GetRawText();
    }

    private static QueueMessage Plain(string json) => new() { MessageId = "msg-1", Body = Encoding.UTF8.GetBytes(json) };

    private static DeadLetter Dead(QueueMessage message) => new()
    {
        Sequence = 7,
        Message = message,
        Reason = DeadLetterReason.MalformedEnvelope,
        Description = "why",
        EnqueuedAt = Given.Now,
        DeadLetteredAt = Given.Now,
        DeliveryCount = 1,
        Progress = DeliveryProgress.None,
    };
}
