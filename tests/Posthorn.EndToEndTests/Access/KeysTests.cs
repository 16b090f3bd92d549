using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.EndToEndTests.Access;

[Collection(ProductionCollection.Name)]
public sealed class KeysTests(ProductionWorker production)
{
    private readonly Harness _harness = production.Harness;

    [Fact]
    public async Task A_revoked_key_is_refused_within_two_seconds_and_its_name_is_free()
    {
        var key = await production.AddAsync("for-a-while", "read");
        await production.UntilKnownAsync(key);

        var revoked = await _harness.RunAsync("keys", "revoke", "for-a-while");

        revoked.ExitCode.ShouldBe(0, revoked.Everything());
        await Harness.UntilAsync(async () => (await _harness.CallAsync("GET /api/queue", key: key)).Status == HttpStatusCode.Unauthorized, "the key is refused", patience: TimeSpan.FromSeconds(2));
        (await production.AddAsync("for-a-while", "publish")).ShouldNotBe(key);
        (await _harness.CallAsync("GET /api/queue", key: key)).ShouldBeProblem(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Keys_are_listed_without_what_they_are_and_no_name_is_taken_twice()
    {
        var list = await _harness.RunAsync("keys", "list", "--json");
        var again = await _harness.RunAsync("keys", "add", "read", "--role", "all");

        var read = list.JsonLines().First(line => line.Text("name") == "read");
        read.Items("roles").ShouldHaveSingleItem().GetString().ShouldBe("read");
        list.JsonLines().Single(line => line.Text("name") == "a").Text("tenant").ShouldBe("tenant-a");
        list.Output.ShouldNotContain(production["read"]);
        list.Output.ShouldNotContain("phk_");
        again.ExitCode.ShouldBe(1);
        _harness.DescribeProcesses().ShouldNotContain(production["operate"].PadRight(1) + " "); // The worker's log never shows one.
    }

    [Fact]
    public async Task A_key_that_asks_too_often_is_429_with_Retry_After_and_is_served_again_later()
    {
        await using var harness = new Harness().With("--api:requestsPerSecond=10", $"--api:keys:0=sha256:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes("greedy")))}");
        harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
        await harness.StartWorkerAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => harness.CallAsync("GET /api/queue", key: "greedy")));

        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        refused.Count.ShouldBeInRange(20, 50);
        refused.ForEach(answer => answer.ShouldBeProblem(HttpStatusCode.TooManyRequests).RetryAfter.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));
        (await harness.CallAsync("GET /api/queue", key: "wrong")).ShouldBeProblem(HttpStatusCode.Unauthorized);
        await Harness.UntilAsync(async () => (await harness.CallAsync("GET /api/queue", key: "greedy")).Status == HttpStatusCode.OK, "it is served again", patience: TimeSpan.FromSeconds(5));
    }
}
