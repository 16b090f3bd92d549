using System.Diagnostics;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Tests.Support;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Tests.Worker.DeadLetters;

public class RunOwnerTests
{
    [Fact]
    public void A_run_of_this_process_is_running_however_long_it_was_silent()
    {
        RunOwner.StateOf(Run(RunOwner.OfThisProcess()), Given.Now.AddDays(1)).ShouldBe(RunState.Running);
    }

    [Fact]
    public void Two_owners_of_one_process_are_not_the_same() => RunOwner.OfThisProcess().ShouldNotBe(RunOwner.OfThisProcess());

    [Fact]
    public void A_run_whose_process_is_gone_was_interrupted()
    {
        using var gone = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exit 0"])).ShouldNotBeNull();
        var owner = Owner(Environment.MachineName, gone.Id.ToString(CultureInfo.InvariantCulture), "1");
        gone.WaitForExit();

        RunOwner.StateOf(Run(owner), Given.Now).ShouldBe(RunState.Interrupted);
    }

    [Fact]
    public void Another_process_of_the_same_number_is_not_the_owner()
    {
        var parts = RunOwner.OfThisProcess().Split('/');

        RunOwner.StateOf(Run(Owner(parts[0], parts[1], "12345")), Given.Now).ShouldBe(RunState.Interrupted);
        RunOwner.StateOf(Run(Owner(parts[0], parts[1], parts[2])), Given.Now).ShouldBe(RunState.Running);
    }

    [Theory]
    [InlineData(0, RunState.Running)]
    [InlineData(29, RunState.Running)]
    [InlineData(30, RunState.Interrupted)]
    [InlineData(3600, RunState.Interrupted)]
    public void Another_machine_s_run_is_running_while_it_is_heard_of(int silent, RunState state)
    {
        RunOwner.StateOf(Run(Owner("another-machine", "1", "1")), Given.Now.AddSeconds(silent)).ShouldBe(state);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("///")]
    [InlineData("HOST/x/1/n")]
    [InlineData("HOST/-1/1/n")]
    [InlineData("HOST/99999999999/1/n")]
    [InlineData("HOST/2147483647/1/n")]
    [InlineData("HOST/1/1/n/more")]
    public void An_owner_that_cannot_be_read_is_not_at_work(string owner)
    {
        RunOwner.StateOf(Run(owner.Replace("HOST", Environment.MachineName, StringComparison.Ordinal)), Given.Now.AddHours(1)).ShouldBe(RunState.Interrupted);
    }

    [Theory]
    [InlineData(RunState.Completed)]
    [InlineData(RunState.Stopped)]
    [InlineData(RunState.Interrupted)]
    public void A_run_that_has_ended_is_what_it_says(RunState state)
    {
        RunOwner.StateOf(Run("gone") with { State = state }, Given.Now).ShouldBe(state);
        RunOwner.StateOf(Run(RunOwner.OfThisProcess()) with { State = state }, Given.Now).ShouldBe(state);
    }

    private static string Owner(string host, string process, string start) => $"{host}/{process}/{start}/nonce";

    private static DeadLetterRun Run(string owner) => new()
    {
        Id = "run_1",
        Kind = RunKind.Replay,
        State = RunState.Running,
        Operator = "anna",
        Filter = "[]",
        Options = "{}",
        LastSequence = 1,
        StartedAt = Given.Now,
        UpdatedAt = Given.Now,
        Owner = owner,
    };
}
