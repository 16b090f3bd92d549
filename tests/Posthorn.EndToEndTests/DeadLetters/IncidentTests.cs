using System.Globalization;
using System.Text.Json;
using Posthorn.EndToEndTests.Faults;

namespace Posthorn.EndToEndTests.DeadLetters;

/// <summary>
/// A night: 10,000 envelopes of 5 profiles for 3 destinations, of which one is overloaded, one has a wrong certificate and one says that
/// it is gone. What the README's chapter on operating tells, in its order.
/// </summary>
public sealed class IncidentTests : IAsyncLifetime
{
    private const int Mail = 10_000;
    private const int Screen = 24; // Rows of a terminal.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly string[] Profiles = ["orders", "invoices", "stock", "returns", "alerts"];
    private readonly Harness _harness = new();
    private readonly HostileCertificates _certificates = new();
    private bool _isOverloadOver;

    public ValueTask InitializeAsync()
    {
        foreach (var profile in Profiles)
            _harness.With($"--profiles:{profile}:extends=standard", $"--profiles:{profile}:retry:delays:0=00:00:00.3", $"--profiles:{profile}:expiry=00:00:20");
        _harness.Environment["LOG_LEVEL"] = "Error";
        _harness.Environment["SSL_CERT_FILE"] = _harness.Write("authority.pem", _certificates.AuthorityPem);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task Three_causes_are_told_apart_the_fixed_one_is_replayed_and_the_unfixed_canary_stops_itself()
    {
        await using var overloaded = await Receiver.StartAsync((_, _) => Task.FromResult(_isOverloadOver ? 200 : 503));
        await using var mistaken = await Receiver.StartAsync(certificate: () => _certificates.OfAnother);
        await using var gone = await Receiver.StartAsync((_, _) => Task.FromResult(410));
        Receiver[] receivers = [overloaded, mistaken, gone];
        await _harness.StartWorkerAsync();
        var sent = await _harness.RunAsync("send", _harness.Write("mail.ndjson", Lines(receivers)));
        sent.ExitCode.ShouldBe(0, sent.Everything());
        await Harness.UntilAsync(async () => (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64() == Mail, "all are dead", _harness.DescribeProcesses, Patience);

        await ShouldTellCausesApartAsync(receivers);

        _isOverloadOver = true;
        var (hits, dead) = (gone.Count, await DeadOfAsync(overloaded));
        var before = overloaded.Count;
        var fixedOnes = await ReplayAsync(overloaded);
        fixedOnes.ExitCode.ShouldBe(0, fixedOnes.Everything());
        var run = fixedOnes.JsonLines()[^1];
        (run.Text("status"), run.Long("matched"), run.Long("replayed"), run.Long("skipped"), run.Long("failed"), run.Long("delivered")).ShouldBe(("completed", dead, dead, 0, 0, dead));
        overloaded.Ids.Skip(before).ShouldBe(IdsOf(0), ignoreOrder: true);
        (mistaken.Count, gone.Count).ShouldBe((0, hits), "nobody else got anything");

        dead = await DeadOfAsync(mistaken);
        var unfixed = await ReplayAsync(mistaken);
        unfixed.ExitCode.ShouldBe(1, unfixed.Everything());
        unfixed.Errors.ShouldContain("canaries failed again");
        run = unfixed.JsonLines()[^1];
        (run.Text("status"), run.Long("matched"), run.Long("replayed")).ShouldBe(("stopped", dead, 5));
        (await DeadOfAsync(mistaken)).ShouldBeInRange(dead - 5, dead, "nothing but canaries was put back");

        await ShouldBeOnRecordAsync();
    }

    private async Task<PosthornProcess> ReplayAsync(Receiver receiver)
    {
        var replay = _harness.Start("dead-letters", "replay", "--destination", receiver.Url().Authority, "--canary", "5", "--reset-expiry", "--wait", "00:01:00", "--yes", "--json", "--operator", "ann");
        await replay.WaitForExitAsync(Patience);
        return replay;
    }

    private async Task<long> DeadOfAsync(Receiver receiver)
    {
        var stats = await _harness.RunAsync("dead-letters", "stats", "--destination", receiver.Url().Authority, "--by", "destination", "--json");
        return stats.JsonLines().Sum(group => group.Long("count"));
    }

    private async Task ShouldTellCausesApartAsync(Receiver[] receivers)
    {
        var groups = (await _harness.RunAsync("dead-letters", "stats", "--json")).JsonLines();
        groups.Sum(group => group.Long("count")).ShouldBe(Mail);
        string[] causes = ["503", "Tls", "410"];
        foreach (var (receiver, cause) in receivers.Zip(causes))
        {
            var own = groups.Where(group => new Uri(group.Text("destination")).Port == receiver.Port).ToList();
            own.Select(CauseOf).Distinct().ShouldBe([cause]);
            own.Select(group => group.Text("profile")).Distinct().ShouldBe(Profiles, ignoreOrder: true);
        }

        var screen = (await _harness.RunAsync("dead-letters", "stats", "--by", "cause,destination")).Output;
        screen.Split('\n').Length.ShouldBeLessThanOrEqualTo(Screen);
        foreach (var cause in causes) screen.ShouldContain(cause);
        screen.ShouldContain("10,000 dead letters");
    }

    private async Task ShouldBeOnRecordAsync()
    {
        var runs = (await _harness.RunAsync("dead-letters", "runs", "--json")).JsonLines();

        runs.Select(run => (run.Text("kind"), run.Text("status"), run.Text("operator"))).ShouldBe([("replay", "stopped", "ann"), ("replay", "completed", "ann")]);
    }

    private static string CauseOf(JsonElement group) => group.TryGetProperty("status", out var status) ? status.GetRawText() : group.Text("error");

    private static string Lines(Receiver[] receivers) =>
        string.Join('\n', Enumerable.Range(0, Mail).Select(n => Envelopes.Of(Id(n), receivers[n % 3].Url($"/hook/{n % 7}"), Profiles[n % 5])));

    private static IEnumerable<string> IdsOf(int receiver) => Enumerable.Range(0, Mail).Where(n => n % 3 == receiver).Select(Id);

    private static string Id(int n) => "evt_" + n.ToString(CultureInfo.InvariantCulture);
}
