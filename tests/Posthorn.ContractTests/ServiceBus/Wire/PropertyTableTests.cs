using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Receiving.Sessions;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ContractTests.ServiceBus.Wire;

/// <summary>The README's table of the worker's own properties, and what the code writes.</summary>
public sealed partial class PropertyTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Readme = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", "..", "..", "..", "README.md"));

    private static SortedDictionary<string, string> Told => new(PropertyRow().Matches(File.ReadAllText(Readme)).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["type"].Value), StringComparer.Ordinal);

    [Fact]
    public void Every_property_of_the_worker_s_is_in_the_readme_and_no_other_is()
    {
        var names = typeof(WireProperties).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetRawConstantValue()).OfType<string>().Where(name => name != WireProperties.Prefix);

        Told.ShouldNotBeEmpty();
        Told.Keys.ShouldBe(names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_is_written_with_the_type_that_the_readme_tells() =>
        Told.ShouldBe(new SortedDictionary<string, string>(Written().ToDictionary(property => property.Key, property => TypeOf(property.Value)), StringComparer.Ordinal));

    /// <summary>What is written of a dead letter that was imported with a long history an overlong ordering key and an awkward content type, and of a note.</summary>
    private static IEnumerable<KeyValuePair<string, object>> Written()
    {
        var attempt = new AttemptRecord { Number = 1, At = Now, DurationMs = 1000, Status = 500 };
        var progress = new DeliveryProgress { AttemptsMade = 1, Postponements = 1, Replays = 1, Attempts = [attempt] };
        var message = new QueueMessage { MessageId = "evt_1", OrderingKey = new string('k', 129), ContentType = "naïve", Body = "{}"u8.ToArray() };
        var state = new WireState { Progress = progress, EnqueuedAt = Now, Death = new WireDeath(DeadLetterReason.Expired, "late", Now, 1) };
        ServiceBusMessage[] written = [new MessageWriter(requiresSessions: false).Dead(message, state, Now), SessionNote.LookAt("session", Now)];
        return written.SelectMany(each => each.ApplicationProperties).Append(MessageWriter.Holding);
    }

    private static string TypeOf(object value) => value switch
    {
        string => "string",
        long => "long",
        int => "int",
        bool => "bool",
        _ => value.GetType().Name,
    };

    [GeneratedRegex(@"^\| `(?<name>posthorn_[a-z_]+)` \| (?<type>[a-z]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PropertyRow();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
