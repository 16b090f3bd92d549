using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Posthorn.Worker.CommandLine;

namespace Posthorn.Tests.Infra;

/// <summary>The image, the compose file beside it, and the collector's configuration.</summary>
public partial class ImageTests
{
    [Fact]
    public void The_image_has_no_root_and_no_shell_and_contains_the_Azure_queue()
    {
        var stages = InfraFiles.Read("infra/Dockerfile").Split("\nFROM ");

        stages.Length.ShouldBe(3);
        stages[1].ShouldContain("-p:ServiceBus=true");
        stages[2].ShouldStartWith("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled");
        stages[2].ShouldContain("\nUSER $APP_UID\n");
        stages[2].Split('\n').ShouldNotContain(line => line.StartsWith("RUN ", StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_image_and_the_compose_file_run_are_verbs_of_the_command_line()
    {
        var dockerfile = InfraFiles.Read("infra/Dockerfile");
        var health = JsonSerializer.Deserialize<string[]>(Health().Match(dockerfile).Groups[1].Value) ?? [];
        var command = JsonSerializer.Deserialize<string[]>(Command().Match(dockerfile).Groups[1].Value) ?? [];
        var listen = InfraFiles.Yaml(InfraFiles.InRoot("infra/compose.yaml")).At("services", "receiver", "command").AllNodes.Skip(1).Select(node => node.ToString()).ToList();

        health[0].ShouldBe("/app/posthorn");
        Verbs().Select(verb => verb.Name).ShouldContain(health[1]);
        Verbs().Select(verb => verb.Name).ShouldContain(command[0]);
        Verbs().Single(verb => verb.Name == listen[0]).Options.Select(option => option.Name).ShouldContain(listen[1]);
    }

    [Fact]
    public void Every_YAML_file_can_be_read()
    {
        var files = InfraFiles.All.Where(path => path.EndsWith(".yaml", StringComparison.Ordinal)).ToList();

        files.Select(Path.GetFileName).ShouldBe(["collector.yaml", "compose.yaml"]);
        foreach (var file in files) InfraFiles.Yaml(file).Children.ShouldNotBeEmpty();
    }

    [Fact]
    public void The_collector_uses_what_it_declares_and_listens_where_the_worker_sends()
    {
        var collector = InfraFiles.Yaml(InfraFiles.InRoot("infra/collector.yaml"));
        var template = InfraFiles.Read("infra/modules/app.bicep");

        foreach (var pipeline in collector.At("service", "pipelines").Keys())
            foreach (var kind in (string[])["receivers", "processors", "exporters"])
                collector.At("service", "pipelines", pipeline, kind).AllNodes.Skip(1).Select(node => node.ToString()).Except(collector.At(kind).Keys()).ShouldBeEmpty();

        template.ShouldContain($"http://{collector.At("receivers", "otlp", "protocols", "grpc", "endpoint")}'");
        template.ShouldContain($"port: {collector.At("extensions", "health_check", "endpoint").ToString().Split(':')[1]} ");
        Variable().Match(collector.At("exporters", "azuremonitor", "connection_string").ToString()).Groups[1].Value.ShouldBe("APPLICATIONINSIGHTS_CONNECTION_STRING");
    }

    [Fact]
    public void The_emulator_has_the_queue_that_the_worker_asks_for()
    {
        var queue = JsonNode.Parse(InfraFiles.Read("infra/emulator.json"))?["UserConfig"]?["Namespaces"]?[0]?["Queues"]?[0];
        var worker = InfraFiles.Yaml(InfraFiles.InRoot("infra/compose.yaml")).At("services", "worker", "environment");

        $"{queue?["Name"]}".ShouldBe(worker.At("queue__serviceBus__queue").ToString());
        $"{queue?["Properties"]?["RequiresDuplicateDetection"]}".ShouldBe("true");
        $"{queue?["Properties"]?["DeadLetteringOnMessageExpiration"]}".ShouldBe("true");
    }

    [Fact]
    public void What_the_compose_file_needs_is_asked_for_by_name_and_kept_out_of_git()
    {
        var asked = Required().Matches(InfraFiles.Read("infra/compose.yaml")).Select(match => match.Groups[1].Value).Distinct().Order();

        Assigned().Matches(InfraFiles.Read("infra/.env.example")).Select(match => match.Groups[1].Value).Order().ShouldBe(asked);
        InfraFiles.Read(".gitignore").Split('\n').ShouldContain(".env");
    }

    private static List<Command> Verbs()
    {
        var context = new CommandContext(new Dictionary<string, string?>());
        return [.. typeof(PosthornCommand).Assembly.GetTypes().Where(type => type.Namespace == typeof(PosthornCommand).Namespace)
            .Select(type => type.GetMethod("Create", BindingFlags.Static | BindingFlags.Public, [typeof(CommandContext)]))
            .OfType<MethodInfo>().Select(create => create.Invoke(obj: null, [context])).OfType<Command>()];
    }

    [GeneratedRegex(@"^HEALTHCHECK .+ CMD (?<part1>\[.+\])$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Health();

    [GeneratedRegex(@"^CMD (?<part1>\[.+\])$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"\$\{env:(?<part1>\w+)\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{(?<part1>\w+):\?", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Required();

    [GeneratedRegex(@"^(?<part1>\w+)=\n", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Assigned();
}
