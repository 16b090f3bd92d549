using System.Text.RegularExpressions;

namespace Posthorn.Tests.Infra;

/// <summary>What a reviewer looks for in the templates first: rights, secrets, files that are not there.</summary>
public partial class TemplateTests
{
    /// <summary>AcrPull, Key Vault Secrets User and Officer, Service Bus Data Sender and Receiver.</summary>
    private static readonly string[] NarrowRoles =
    [
        "7f951dda-4ed3-4680-a7ca-43fe172d538d", "4633458b-17de-408a-b874-0445c86b69e6", "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "69a216fc-b8fb-44d8-bc22-1f3c2cd27a39", "4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0",
    ];

    private const string DataOwner = "090c5cfd-751d-490a-894a-3ce6f1109419";

    [Fact]
    public void Only_narrow_roles_are_given()
    {
        var roles = InfraFiles.Templates.SelectMany(path => Identifier().Matches(File.ReadAllText(path)).Select(match => match.Value)).Distinct().ToList();

        roles.Order().ShouldBe(NarrowRoles.Append(DataOwner).Order());
    }

    [Fact]
    public void The_owner_of_data_is_only_the_scaler_and_only_where_no_custom_role_may_be()
    {
        var roles = InfraFiles.Read("infra/modules/queueRoles.bicep");
        var owners = roles.Split("\n\n").Where(block => block.StartsWith("resource", StringComparison.Ordinal) && block.Contains("dataOwner", StringComparison.Ordinal)).ToList();

        owners.ShouldHaveSingleItem().ShouldContain("= if (!isReader)");
        owners[0].ShouldContain("principalId: scalerPrincipalId");
        InfraFiles.Read("infra/main.bicep").ShouldContain("param scalerRole string = 'queueReader'");
    }

    [Fact]
    public void The_custom_role_reads_and_touches_no_message()
    {
        var permissions = Permissions().Match(InfraFiles.Read("infra/modules/queueRoles.bicep")).Groups[1].Value;

        permissions.ShouldContain("dataActions: []");
        Action().Matches(permissions).Select(match => match.Groups[1].Value).ShouldBe(["Microsoft.ServiceBus/namespaces/read", "Microsoft.ServiceBus/namespaces/queues/read"]);
    }

    [Fact]
    public void No_output_is_a_secret()
    {
        var outputs = InfraFiles.Templates.SelectMany(path => Output().Matches(File.ReadAllText(path)).Select(match => match.Value)).ToList();
        var secure = InfraFiles.Templates.SelectMany(path => Secure().Matches(File.ReadAllText(path)).Select(match => match.Groups[1].Value)).Distinct().ToList();

        outputs.Count.ShouldBeGreaterThan(20);
        secure.Order().ShouldBe(["postgresConnectionString", "sealingKey"]);
        outputs.Where(output => LooksSecret().IsMatch(output) || secure.Any(name => Regex.IsMatch(output, $@"\b{name}\b", RegexOptions.None, TimeSpan.FromSeconds(1)))).ShouldBeEmpty();
    }

    [Fact]
    public void A_secure_parameter_has_no_value_of_its_own() =>
        Secure().Matches(InfraFiles.Read("infra/main.bicep")).Select(match => match.Groups[2].Value.Trim()).ShouldAllBe(value => value == "= ''");

    [Fact]
    public void No_file_holds_a_secret()
    {
        foreach (var path in InfraFiles.All.Append(InfraFiles.InRoot(".dockerignore")))
        {
            var found = Literal().Matches(File.ReadAllText(path)).Select(match => match.Value).Where(text => !text.Contains("SAS_KEY_VALUE", StringComparison.Ordinal)).ToList();
            found.ShouldBeEmpty(path);
        }
    }

    [Theory]
    [InlineData("SharedAccessKey=abc")]
    [InlineData("AccountKey=abc")]
    [InlineData("Host=db;Password=hunter2")]
    [InlineData("MSSQL_SA_PASSWORD=hunter2")]
    [InlineData("MSSQL_SA_PASSWORD: hunter2")]
    [InlineData("InstrumentationKey=00000000-0000-0000-0000-000000000000")]
    [InlineData("value: 'bG9uZyBlbm91Z2ggdG8gYmUgYSBrZXkgb2YgMzIgYnl0ZXM='")]
    public void A_secret_would_be_seen(string text) => Literal().IsMatch(text).ShouldBeTrue();

    [Fact]
    public void What_the_templates_load_is_there_and_every_module_is_used()
    {
        var loaded = InfraFiles.Templates
            .SelectMany(path => Loaded().Matches(File.ReadAllText(path)).Select(match => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path) ?? "", match.Groups[1].Value))))
            .ToHashSet();

        loaded.Where(path => !File.Exists(path)).ShouldBeEmpty();
        InfraFiles.Templates.Where(path => path.Contains("modules", StringComparison.Ordinal)).Concat(InfraFiles.Queries).Where(path => !loaded.Contains(path)).ShouldBeEmpty();
    }

    [Fact]
    public void The_queue_is_what_the_worker_relies_on()
    {
        var queue = InfraFiles.Read("infra/modules/queue.bicep");

        queue.ShouldContain("requiresDuplicateDetection: true");
        queue.ShouldContain("deadLetteringOnMessageExpiration: true");
        queue.ShouldContain("enablePartitioning: false");
        queue.ShouldContain("disableLocalAuth: true");
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"permissions: \[(?<part1>.+?)\n    \]", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Permissions();

    [GeneratedRegex("'(?<part1>Microsoft[^']+)'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Action();

    [GeneratedRegex("^output .+$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Output();

    [GeneratedRegex(@"@secure\(\)\nparam (?<part1>\w+) string(?<part2>.*)$", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secure();

    [GeneratedRegex(@"list\w*\(|ConnectionString|InstrumentationKey|\.properties\.value|password|sharedKey", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LooksSecret();

    /// <summary>A key or a password with something behind it that is neither empty nor a reference, or what looks like 32 bytes or more.</summary>
    [GeneratedRegex(@"(?:SharedAccessKey|AccountKey|InstrumentationKey|Password|PASSWORD)(?:=|: )['""]?[^\s'""$;<{]+|(?<![\w/+])(?=[A-Za-z0-9+/]*[0-9+/])(?=[A-Za-z0-9+/]*[A-Z])[A-Za-z0-9+]{40,}={0,2}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?:module \w+|loadTextContent\() ?'(?<part1>[^']+)'", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Loaded();
}
