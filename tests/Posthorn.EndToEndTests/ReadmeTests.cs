using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Posthorn.EndToEndTests.DeadLetters;
using Posthorn.Queues;

namespace Posthorn.EndToEndTests;

/// <summary>The README's commands and tables, taken from the README itself.</summary>
[Collection(Alone.Name)]
public sealed partial class ReadmeTests : IAsyncLifetime
{
    private const string Run = "dotnet run --no-build --project src/Posthorn.Worker -- ";
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", ".."));
    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md"));
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_first_webhook_goes_as_the_readme_says()
    {
        var port = Ports.Free();
        var (listen, listenFailing, send, list, show) = FirstWebhookCommands();
        PutSample(send[1], port);
        _harness.Environment["WEBHOOK_RETRY_DELAY"] = "0.05";
        await _harness.StartWorkerAsync();

        var listener = await ListenAsync(listen, port);
        (await _harness.RunAsync(send)).ExitCode.ShouldBe(0);
        await Harness.UntilAsync(() => listener.Output.Contains("signature verified (papr-batch)", StringComparison.Ordinal), "the receiver shows it", listener.Everything);
        await listener.KillAsync();

        await ListenAsync(listenFailing, port);
        (await _harness.RunAsync(send)).ExitCode.ShouldBe(0);
        await _harness.UntilDeadAsync(1);
        (await _harness.RunAsync(list)).Output.ShouldContain("RetriesExhausted");
        var shown = (await _harness.RunAsync(show)).Output;
        shown.ShouldContain("attempt 6 of 6 failed: HTTP 500");
        shown.ShouldContain("refused on purpose");
    }

    [Fact]
    public void Every_setting_of_host_json_is_in_the_readme_with_its_default()
    {
        using var host = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "host.json")), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
        var table = SettingRow().Matches(Readme).ToDictionary(row => row.Groups["key"].Value, row => row.Groups["default"].Value, StringComparer.Ordinal);

        foreach (var (key, value) in Leaves(host.RootElement, "").Where(leaf => leaf.Value != "{}"))
            table.GetValueOrDefault(key).ShouldBe(value, $"the README's row of {key}");
    }

    [Fact]
    public async Task Every_command_of_the_readme_is_known_to_the_help()
    {
        var help = (await _harness.RunAsync("--help")).Output;
        var named = CommandRow().Matches(Readme).Select(row => row.Groups["verb"].Value).Distinct().ToList();

        named.Count.ShouldBeGreaterThan(4);
        foreach (var verb in named) help.ShouldContain($"  {verb} ");
    }

    [Fact]
    public async Task The_commands_of_the_operating_chapter_are_understood_as_they_are_printed()
    {
        var chapter = Readme[Readme.IndexOf("## Operating", StringComparison.Ordinal)..Readme.IndexOf("### Filters", StringComparison.Ordinal)];
        var commands = chapter.Split('\n').Where(line => line.StartsWith("posthorn dead-letters ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1..]).ToList();
        commands.Select(command => command[1]).ShouldBe(["stats", "stats", "list", "show", "replay", "runs", "list", "replay", "purge", "import"]);
        await _harness.BuryAsync([Burial.Letter("evt_1", new Uri("https://a.example.com/hook")), Burial.Letter("evt_2", new Uri("https://c.example.com/hook")) with { Reason = DeadLetterReason.EndpointGone }]);

        var run = "";
        foreach (var command in commands)
        {
            string[] args = [.. command.Select(word => word.StartsWith("run_", StringComparison.Ordinal) ? run : word), .. command[1] == "replay" ? ["--canary-wait", "00:00:00"] : Array.Empty<string>()];
            var process = _harness.Start(args);
            await process.Input.WriteLineAsync("y");
            await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
            process.ExitCode.ShouldBe(command[1] is "show" or "replay" ? 1 : 0, $"nothing of this number, and no worker to deliver: {process.Everything()}");
            run = process.Errors.Split(' ').FirstOrDefault(word => word.StartsWith("run_", StringComparison.Ordinal)) ?? run;
        }

        run.ShouldNotBeEmpty();
    }

    private static (string[] Listen, string[] ListenFailing, string[] Send, string[] List, string[] Show) FirstWebhookCommands()
    {
        var chapter = Readme[Readme.IndexOf("## A first webhook", StringComparison.Ordinal)..Readme.IndexOf("## Envelopes", StringComparison.Ordinal)];
        var commands = chapter.Split('\n').Where(line => line.StartsWith(Run, StringComparison.Ordinal)).Select(line => line[Run.Length..].Split(' ')).ToList();
        commands.Select(command => command[0]).ShouldBe(["listen", "send", "listen", "dead-letters", "dead-letters"]);
        return (commands[0], commands[2], commands[1], commands[3], commands[4]);
    }

    /// <summary>The sample, at the README's place, but to a port that is free.</summary>
    private void PutSample(string path, int port)
    {
        var place = Path.Combine(_harness.Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(place) ?? ".");
        File.WriteAllText(place, File.ReadAllText(Path.Combine(Root, path)).Replace(":8001/", $":{port}/", StringComparison.Ordinal));
    }

    private async Task<PosthornProcess> ListenAsync(string[] command, int port)
    {
        var listener = _harness.Start([.. command, "--port", port.ToString(CultureInfo.InvariantCulture)]);
        await Harness.UntilAsync(() => listener.Output.Contains("Listening", StringComparison.Ordinal), "the receiver listens", listener.Everything);
        return listener;
    }

    private static IEnumerable<(string Key, string Value)> Leaves(JsonElement element, string path) => element.ValueKind == JsonValueKind.Object && element.EnumerateObject().Any()
        ? element.EnumerateObject().SelectMany(property => Leaves(property.Value, path.Length == 0 ? property.Name : $"{path}:{property.Name}"))
        : [(path, element.ValueKind == JsonValueKind.String ? element.GetString() ?? "" : element.GetRawText())];

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^\| `(?<key>[a-zA-Z:]+)` \|( `(?<default>[^`]+)`)? \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SettingRow();

    [GeneratedRegex(@"^\| `posthorn (?<verb>[a-z-]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CommandRow();
}
