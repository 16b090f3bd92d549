using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>Calls of the HTTP API, spelled as the documents spell them: <c>POST /api/webhooks</c>.</summary>
internal static class ApiCalls
{
    public static async Task<ApiAnswer> CallAsync(this Harness harness, string call, string? body = null, string? key = null, string contentType = "application/json", int? port = null)
    {
        var (method, path) = (call.Split(' ', 2)[0], call.Split(' ', 2)[1]);
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), $"http://127.0.0.1:{port ?? harness.ApiPort}{path}");
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (request.Content is { } content && contentType.Length > 0) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (key is not null) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        using var answer = await harness.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new ApiAnswer(answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.RetryAfter?.Delta, text);
    }

    /// <summary>Registers an endpoint; the answer is its 201.</summary>
    public static async Task<JsonElement> RegisterAsync(this Harness harness, string body, string? key = null)
    {
        var answer = await harness.CallAsync("POST /api/webhooks", body, key);
        answer.Status.ShouldBe(HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    /// <summary>Registers an endpoint for one event type; the answer is its id.</summary>
    public static async Task<string> RegisterAsync(this Harness harness, Uri url, string events, string more = "", string? key = null) =>
        (await harness.RegisterAsync($$"""{"url":"{{url}}","events":["{{events}}"]{{more}}}""", key)).Text("id");

    /// <summary>Publishes events; each is accepted.</summary>
    public static async Task PublishAsync(this Harness harness, params string[] events)
    {
        var answer = await harness.CallAsync("POST /api/events", $"[{string.Join(',', events)}]");
        answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
    }

    /// <summary>Waits until the log says of an event's only delivery that it is this.</summary>
    public static async Task<JsonElement> UntilDeliveryIsAsync(this Harness harness, string eventId, string status)
    {
        JsonElement delivery = default;
        await Harness.UntilAsync(
            async () =>
            {
                var answer = await harness.CallAsync($"GET /api/deliveries?event_id={eventId}");
                if (answer.Json.Items("deliveries") is not [var only]) return false;
                delivery = only;
                return only.Text("status") == status;
            },
            $"the delivery of {eventId} is {status}",
            () => $"{delivery}\n{harness.DescribeProcesses()}");
        return delivery;
    }

    /// <summary>Waits until an event has become what it becomes for every endpoint.</summary>
    public static async Task<JsonElement> UntilRecordedAsync(this Harness harness, string eventId)
    {
        var answer = await harness.CallAsync($"GET /api/events/{eventId}");
        await Harness.UntilAsync(async () => (answer = await harness.CallAsync($"GET /api/events/{eventId}")).Status == HttpStatusCode.OK, $"{eventId} is recorded", harness.DescribeProcesses);
        return answer.Json;
    }

    /// <summary>Waits until an endpoint has a status.</summary>
    public static async Task<JsonElement> UntilWebhookIsAsync(this Harness harness, string id, string status)
    {
        JsonElement webhook = default;
        await Harness.UntilAsync(async () => (webhook = (await harness.CallAsync($"GET /api/webhooks/{id}")).Json).Text("status") == status, $"{id} is {status}", harness.DescribeProcesses);
        return webhook;
    }

    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";

    public static long Long(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static IReadOnlyList<JsonElement> Items(this JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray()];

    public static bool Has(this JsonElement json, string name) => json.TryGetProperty(name, out _);
}

/// <summary>An answer, read to its end.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, string? MediaType, TimeSpan? RetryAfter, string Text)
{
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The paths of a problem's faults.</summary>
    public IReadOnlyList<string> Paths => Json.Has("errors") ? [.. Json.Items("errors").Select(error => error.Text("path"))] : [];

    /// <summary>An error as every error of the API is.</summary>
    public ApiAnswer ShouldBeProblem(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        MediaType.ShouldBe("application/problem+json", Text);
        Json.GetProperty("status").GetInt32().ShouldBe((int)status);
        Json.Text("title").ShouldNotBeEmpty();
        return this;
    }
}
