using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;

namespace Posthorn.EndToEndTests.Access;

/// <summary>Hundreds of hostile requests: none of them may be answered with 500, and the worker goes on.</summary>
[Collection(ProductionCollection.Name)]
public sealed class FuzzTests(ProductionWorker embedded, ITestOutputHelper output)
{
    private const int Requests = 1500;
    private const int AtOnce = 4;

    private static readonly string[] Nasty =
    [
        "", "'", "\"", "''; --", "' OR '1'='1", "x'); DROP TABLE endpoints; --", "%", "_", "%%_%", "--", "/*", "\\", "\0", "\u0001", "a\0b", "\r\nX-Evil: 1", "\uFFFD", "\u202E", "🎺", "ü", "e\u0301",
        "*", ".", "..", "../../etc/passwd", "null", "true", "-1", "0", "9223372036854775807", "9223372036854775808", "1e308", "NaN", "$.x", "{id}", "%2F", "%00", "a.b.c", "evt_1.wh_1",
        "wh_000000000000000000000000", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "+99999-01-01", "standard", "proposal", "active", "disabled",
        "http://[::1", "https://example.com/?q='", "file:///etc/passwd", new string('a', 300), new string('é', 2000), new string('\'', 4000), string.Concat(Enumerable.Repeat("🎺", 900)),
    ];

    // Escapes that no client of ours would write: broken UTF-8, halves of pairs, double escapes, NUL.
    private static readonly string[] RawIds = ["%00", "%c0%af", "%ff", "%ED%A0%80", "%F4%90%80%80", "%252F", "%2F%2F", "%5C", "%3F", "%23", "%0d%0a", "%", "%zz", "a%2", ";", "a;b=c", "@", ":", "~", "%20"];
    private static readonly string[] Queries = ["limit", "cursor", "tenant", "event_id", "type", "profile", "status", "status_code", "destination", "since", "until", "webhook_id", "hours", "wait", "nothing"];
    private static readonly string[] Fields =
    [
        "id", "type", "tenant", "subject", "time", "profile", "data", "url", "events", "description", "secret", "headers", "rate_limit", "verify", "status", "since", "until", "rate", "sequences", "schema",
        "destination", "deliver_after", "expires_at", "ordering_key", "data_base64", "content_type", "extra",
    ];

    [Fact]
    public Task Nothing_is_answered_with_500_and_the_worker_goes_on() => FuzzAsync(embedded);

    [Fact]
    public async Task Nothing_is_answered_with_500_from_a_PostgreSQL_store_either()
    {
        await using var database = await Stores.Database.StartAsync();
        var worker = new ProductionWorker();
        worker.Harness.With(database.Settings());
        await using var disposing = worker.Harness;
        await worker.InitializeAsync();

        await FuzzAsync(worker);
    }

    private async Task FuzzAsync(ProductionWorker production)
    {
        var (harness, random) = (production.Harness, Seeded());
        var statuses = new ConcurrentDictionary<HttpStatusCode, int>();
        var ids = new List<string> { await harness.RegisterAsync(new Uri("http://127.0.0.1:9/hook"), "never.happened", key: ProductionWorker.Admin), "evt_fuzz", "stage_completed" };
        var calls = Enumerable.Range(0, Requests).Select(_ => Compose(random, ids, production)).ToList();

        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (call, _) =>
        {
            var answer = await SendAsync(harness, call);
            statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            ((int)answer.Status).ShouldBeLessThan(500, $"{call}\n{answer.Text}\n{harness.DescribeProcesses()}");
            if (answer.Status >= HttpStatusCode.BadRequest && answer.Text.Length > 0) answer.ShouldBeProblem(answer.Status); // Kestrel's own refusals have no body.
        });

        output.WriteLine(string.Join(", ", statuses.OrderBy(each => each.Key).Select(each => $"{(int)each.Key}: {each.Value}")));
        (await harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
        (await harness.CallAsync("GET /api/queue", key: ProductionWorker.Admin)).Status.ShouldBe(HttpStatusCode.OK);
        harness.DescribeProcesses().ShouldNotContain("crit:");
    }

    private Random Seeded()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("POSTHORN_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"POSTHORN_SEED={seed}");
        return new Random(seed);
    }

    private static Fuzzed Compose(Random random, IReadOnlyList<string> ids, ProductionWorker production)
    {
        var route = Pick(random, ApiRoutes.All);
        var id = random.Next(4) switch
        {
            0 => Pick(random, RawIds),
            1 => Uri.EscapeDataString(Pick(random, ids)),
            _ => Uri.EscapeDataString(Pick(random, Nasty)),
        };
        var query = string.Join('&', Enumerable.Range(0, random.Next(4)).Select(_ => $"{Pick(random, Queries)}={Uri.EscapeDataString(Pick(random, Nasty))}"));
        var call = route.Call(id.Length > 6000 ? id[..6000].TrimEnd('%') : id) + (query.Length is 0 or > 6000 ? "" : "?" + query);
        var body = route.Method == "GET" ? null : random.Next(3) == 0 ? Mutated(random, route.Body ?? "{}") : Made(random, 0);
        var key = Pick(random, [ProductionWorker.Admin, ProductionWorker.Admin, production["a"], production["b"]]);
        var type = random.Next(8) switch { 0 => "application/x-ndjson", 1 => "text/plain", 2 => "", _ => "application/json" };
        return new Fuzzed(call, body, key, type);
    }

    /// <summary>A request's own body with some characters changed.</summary>
    private static string Mutated(Random random, string body)
    {
        var text = new StringBuilder(body);
        for (var changes = random.Next(4); changes > 0; changes--)
        {
            var at = random.Next(text.Length);
            if (random.Next(2) == 0) text.Remove(at, 1).Insert(at, Pick(random, ["\"", "{", "}", "[", "]", ",", ":", "0", "-", "\\", "\0", "é", " "]));
            else text.Insert(at, Pick(random, Nasty));
        }

        return text.ToString();
    }

    /// <summary>A JSON object of fields the API knows, with values of any kind.</summary>
    private static string Made(Random random, int depth)
    {
        var fields = Enumerable.Range(0, random.Next(1, 7)).Select(_ => Pick(random, Fields)).Distinct().Select(name => $"\"{name}\":{Value(random, name, depth)}");
        var made = $"{{{string.Join(',', fields)}}}";
        return depth == 0 && random.Next(6) == 0 ? $"[{made},{made}]" : made;
    }

    private static string Value(Random random, string name, int depth) => random.Next(8) switch
    {
        0 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        1 => Pick(random, ["null", "true", "false", "0", "-0", "1.5", "1e400", "-1", "\"\\u0000\"", "\"\\ud83c\"", "{}", "[]"]),
        2 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Quoted(Pick(random, Nasty))))}]",
        3 when depth < 3 => Made(random, depth + 1),
        4 => Likely(name),
        _ => Quoted(Pick(random, Nasty)),
    };

    /// <summary>A value that passes, so that the rest of the request is looked at.</summary>
    private static string Likely(string name) => name switch
    {
        "events" => "[\"t.*\"]",
        "url" => "\"http://127.0.0.1:9/\"",
        "destination" => "{\"url\":\"http://127.0.0.1:9/\"}",
        "headers" => "{\"X-A\":\"b\"}",
        "sequences" => "[1,2,9223372036854775807,-1]",
        "schema" => "{\"type\":\"object\",\"pattern\":\"(a+)+$\"}",
        "time" or "since" or "until" or "deliver_after" or "expires_at" => "\"2026-01-01T00:00:00Z\"",
        "rate_limit" or "rate" => "5",
        _ => "\"t.t\"",
    };

    /// <summary>JSON text of anything; a control character sometimes stands in it as it is, which no JSON may.</summary>
    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static async Task<ApiAnswer> SendAsync(Harness harness, Fuzzed fuzzed)
    {
        try
        {
            return await harness.CallAsync(fuzzed.Call, fuzzed.Body, fuzzed.Key, fuzzed.ContentType);
        }
        catch (UriFormatException)
        {
            return new ApiAnswer(HttpStatusCode.NotFound, MediaType: null, RetryAfter: null, ""); // No client sends it.
        }
    }

    private sealed record Fuzzed(string Call, string? Body, string Key, string ContentType);
}
