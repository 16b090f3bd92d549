using System.Text;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The table of faults in this project's README.md is written from the tests' names, and says what is so.</summary>
public sealed class FaultTableTests
{
    private const string Accept = "POSTHORN_ACCEPT_GOLDEN";
    private const string Begin = "<!-- faults -->\n";
    private const string End = "<!-- /faults -->";
    private static readonly string Readme = Path.Combine(Documents.Root, "tests", "Posthorn.EndToEndTests", "README.md");
    private static readonly IReadOnlyList<FaultTest> Tests = [.. FaultTest.Here().Concat(FaultTest.Elsewhere()).DistinctBy(test => test.Name).OrderBy(test => test.Name, StringComparer.Ordinal)];

    /// <summary>Those that the embedded queue can meet, each against a running worker.</summary>
    private static readonly IReadOnlyList<int> Promised = [.. Enumerable.Range(1, 70).Except([11, 12, 21, 54, 56, 57])];

    [Fact]
    public void The_table_names_every_test_of_a_fault_and_no_other()
    {
        var readme = File.ReadAllText(Readme);
        var (begin, end) = (readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, readme.IndexOf(End, StringComparison.Ordinal));
        begin.ShouldBeGreaterThan(Begin.Length);
        end.ShouldBeGreaterThanOrEqualTo(begin);
        var text = readme[..begin] + Table() + readme[end..];

        if (Environment.GetEnvironmentVariable(Accept) == "1") File.WriteAllText(Readme, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        text.ShouldBe(File.ReadAllText(Readme), $"{Readme} holds something else. Run this test with {Accept}=1 and commit the file.");
    }

    [Fact]
    public void Every_fault_that_the_embedded_queue_can_meet_has_a_test_against_a_running_worker() =>
        Promised.Except(Tests.Where(test => test.IsInSuite).SelectMany(test => test.Numbers)).ShouldBeEmpty("these have no test in this folder");

    [Fact]
    public void Every_fault_has_a_test_somewhere_or_a_reason()
    {
        Fault.All.Select(fault => fault.Number).ShouldBe(Enumerable.Range(1, 70));
        Fault.All.Where(fault => fault.Note is null && !Of(fault, _ => true).Any()).Select(fault => fault.Number).ShouldBeEmpty();
    }

    [Fact]
    public void Every_test_named_after_a_fault_has_numbers_of_the_table() =>
        Tests.Where(test => test.Numbers.Count == 0 || test.Numbers.Any(number => number is < 1 or > 70)).ShouldBeEmpty();

    private static string Table()
    {
        var table = new StringBuilder("| | What goes wrong | What is to happen | Against a running worker | Elsewhere |\n|---|---|---|---|---|\n");
        foreach (var fault in Fault.All)
        {
            var (suite, others) = (Of(fault, test => test.IsInSuite), Of(fault, test => !test.IsInSuite));
            table.Append($"| {fault.Number} | {fault.What} | {fault.Then} | {string.Join("<br>", suite.Append(fault.Note).Where(part => part is not null))} | {string.Join("<br>", others)} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<string?> Of(Fault fault, Func<FaultTest, bool> isMeant) => Tests.Where(test => test.Numbers.Contains(fault.Number) && isMeant(test)).Select(test => $"`{test.Name}`");
}
