using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Signing;
using Posthorn.Worker.CommandLine;

namespace Posthorn.Worker.Listening;

/// <summary>How <c>posthorn listen</c> answers.</summary>
internal sealed record ListenOptions
{
    public required int Port { get; init; }

    public required IReadOnlyList<Profile> Profiles { get; init; }

    public required SigningSecret? Secret { get; init; }

    public required IReadOnlyList<int> Statuses { get; init; }

    public required TimeSpan Delay { get; init; }

    public required bool Json { get; init; }
}

/// <summary>The receiver for testing that the five systems' documents name.</summary>
internal sealed class Listener(ListenOptions options, TimeProvider clock)
{
    private const int MaxKept = 1000;
    private const int MaxBodyBytes = 10 * 1024 * 1024;
    private readonly ConcurrentQueue<JsonObject> _received = new();
    private int _count;

    public static WebApplication Create(ListenOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "posthorn" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.ListenLocalhost(options.Port);
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        var listener = new Listener(options, TimeProvider.System);
        app.MapPost("/webhook", (RequestDelegate)listener.ReceiveAsync);
        app.MapGet("/webhooks", (RequestDelegate)listener.ListAsync);
        app.MapPost("/webhooks/clear", (RequestDelegate)listener.ClearAsync);
        return app;
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var body = buffer.ToArray();
        var number = Interlocked.Increment(ref _count);
        var status = options.Statuses[Math.Min(number, options.Statuses.Count) - 1];
        var (verdict, profile) = Verify(http.Request, body);
        Keep(http.Request, body, verdict);
        Say(number, http.Request, body, status, verdict, profile);

        if (options.Delay > TimeSpan.Zero) await Task.Delay(options.Delay, clock, http.RequestAborted);
        http.Response.StatusCode = status;
        await AnswerAsync(http, status is >= 200 and <= 299 ? """{"status":"received"}""" : """{"status":"refused on purpose"}""");
    }

    private Task ListAsync(HttpContext http)
    {
        var list = new JsonArray([.. _received.Select(each => (JsonNode)each.DeepClone())]);
        return AnswerAsync(http, list.ToJsonString());
    }

    private Task ClearAsync(HttpContext http)
    {
        _received.Clear();
        return AnswerAsync(http, """{"status":"cleared"}""");
    }

    private static Task AnswerAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json, http.RequestAborted);
    }

    /// <summary>The first profile under which the signature holds; else what the first that finds a signature says.</summary>
    private (string Verdict, string? Profile) Verify(HttpRequest request, byte[] body)
    {
        if (options.Secret is not { } secret) return ("not checked", null);
        if (!Uri.TryCreate($"{request.Scheme}://{request.Host}{request.Path}{request.QueryString}", UriKind.Absolute, out var url)) url = new Uri($"http://localhost:{options.Port}/webhook");
        (SignatureVerdict Verdict, string? Profile) best = (SignatureVerdict.Unsigned, null);
        foreach (var profile in options.Profiles)
        {
            var verdict = TryVerify(profile, secret, request, url, body);
            if (verdict == SignatureVerdict.Verified) return (Word(verdict), profile.Name);
            if (best.Verdict == SignatureVerdict.Unsigned) best = (verdict, verdict == SignatureVerdict.Unsigned ? null : profile.Name);
        }

        return (Word(best.Verdict), best.Profile);
    }

    private SignatureVerdict TryVerify(Profile profile, SigningSecret secret, HttpRequest request, Uri url, byte[] body)
    {
        try
        {
            return SignatureVerifier.Verify(profile, secret, name => request.Headers.TryGetValue(name, out var value) ? value.ToString() : null, url, body, clock.GetUtcNow());
        }
        catch (SecretUnavailableException)
        {
            return SignatureVerdict.Invalid; // The secret is not one for this profile.
        }
    }

    private void Keep(HttpRequest request, byte[] body, string verdict)
    {
        _received.Enqueue(new JsonObject
        {
            ["payload"] = Payload(body),
            ["received_at"] = Rfc3339.Format(clock.GetUtcNow()),
            ["headers"] = new JsonObject(request.Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)JsonValue.Create(header.Value.ToString())))),
            ["signature"] = verdict,
        });
        while (_received.Count > MaxKept) _received.TryDequeue(out _);
    }

    private static JsonNode? Payload(byte[] body)
    {
        try
        {
            var payload = JsonNode.Parse(body);
            _ = payload?.ToJsonString(); // Half a surrogate pair parses, but cannot be written again.
            return payload;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            return JsonValue.Create(Encoding.UTF8.GetString(body));
        }
    }

    private void Say(int number, HttpRequest request, byte[] body, int status, string verdict, string? profile)
    {
        var id = string.Concat(request.Headers["webhook-id"].ToString().Where(c => !char.IsControl(c)).Take(100));
        if (options.Json)
        {
            var line = new JsonObject { ["number"] = number, ["received_at"] = Rfc3339.Format(clock.GetUtcNow()), ["bytes"] = body.Length, ["signature"] = verdict, ["profile"] = profile, ["answered"] = status };
            if (id.Length > 0) line["id"] = id;
            Terminal.Line(line.ToJsonString());
            return;
        }

        var time = clock.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        Terminal.Line($"{time} #{number} {(id.Length > 0 ? id + " " : "")}{body.Length} bytes, signature {verdict}{(profile is null ? "" : $" ({profile})")}, answered {status}");
    }

    private static string Word(SignatureVerdict verdict) => verdict switch
    {
        SignatureVerdict.Verified => "verified",
        SignatureVerdict.Invalid => "INVALID",
        SignatureVerdict.Stale => "STALE",
        _ => "absent",
    };
}
