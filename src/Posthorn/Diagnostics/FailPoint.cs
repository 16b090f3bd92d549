using System.Diagnostics;
using System.Globalization;

namespace Posthorn.Diagnostics;

/// <summary>
/// Named points at which a test makes the process die, fail or stand still. They are off unless <see cref="Variable"/> is set when the
/// process starts; the compiler then removes what a call would cost.
/// </summary>
public static class FailPoint
{
    /// <summary>
    /// What arms them: <c>NAME=ACTION[@N|@N+|@N-M]</c> with commas between. ACTION is <c>kill</c> (as kill -9 does), <c>throw</c> or
    /// <c>pause:MILLISECONDS</c>; N is the hit at which it happens, from 1, <c>N+</c> every one from there, and <c>N-M</c> those from
    /// the N-th to the M-th. Default: every one.
    /// </summary>
    public const string Variable = "POSTHORN_FAILPOINTS";

    /// <summary>Messages were leased, and nothing was done with them.</summary>
    public const string Leased = "pump.leased";

    /// <summary>The receiver has answered, and nobody knows yet.</summary>
    public const string Deciding = "send.deciding";

    /// <summary>The receiver has answered, and the message is not settled.</summary>
    public const string Answered = "send.answered";

    /// <summary>The message is settled, and the log does not know it.</summary>
    public const string Settled = "handler.settled";

    /// <summary>A replay run has noted what it is about to put back, and has not.</summary>
    public const string ReplayNoted = "replay.noted";

    /// <summary>A replay run has put dead letters back, and has not counted them.</summary>
    public const string ReplayPutBack = "replay.put_back";

    private static readonly (Dictionary<string, FailPlan>? Plans, string? Problem) Armed = FailPlan.Read(Environment.GetEnvironmentVariable(Variable));
    private static readonly bool IsArmed = Armed.Plans is not null; // A constant to the compiler, once the type is initialised.

    /// <summary>Whether any is armed.</summary>
    public static bool AnyArmed => IsArmed;

    /// <summary>Why what arms them cannot be read; null when it can.</summary>
    public static string? Problem => Armed.Problem;

    /// <summary>The process came to a point.</summary>
    /// <exception cref="FailPointException">The point is armed with <c>throw</c>.</exception>
    public static void Hit(string name)
    {
        if (IsArmed && Armed.Plans is { } plans && plans.TryGetValue(name, out var plan)) plan.Hit();
    }
}

/// <summary>What a fail point was armed to throw.</summary>
public sealed class FailPointException(string name) : Exception($"the fail point {name} is armed");

/// <summary>What happens at one point.</summary>
internal sealed class FailPlan(string name, string action, int first, int last)
{
    private int _hits;

    /// <summary>Reads <see cref="FailPoint.Variable"/>; null when nothing is armed.</summary>
    /// <param name="text">What it holds.</param>
    /// <returns>What is to happen at each point, or why it cannot be read.</returns>
    public static (Dictionary<string, FailPlan>? Plans, string? Problem) Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return (null, null);
        try
        {
            return (text.Split(',', StringSplitOptions.TrimEntries).Select(ReadOne).ToDictionary(plan => plan.Name, plan => plan.Plan, StringComparer.Ordinal), null);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException)
        {
            return (null, unreadable.Message);
        }
    }

    public void Hit()
    {
        var hit = Interlocked.Increment(ref _hits);
        if (hit < first || hit > last) return;
        if (action == "kill") Process.GetCurrentProcess().Kill();
        else if (action == "throw") throw new FailPointException(name);
        else Thread.Sleep(PauseOf(action));
    }

    private static (string Name, FailPlan Plan) ReadOne(string text)
    {
        var (name, action) = text.Split('=', 2) is [var left, var right] ? (left, right) : throw Unreadable(text);
        var (kind, hits) = action.Split('@', 2) is [var what, var when] ? (what, when) : (action, "1+");
        if (kind is not ("kill" or "throw") && PauseOf(kind) < TimeSpan.Zero) throw Unreadable(text);
        var (begin, end) = hits.Split('-', 2) is [var begins, var ends] ? (begins, ends) : (hits.TrimEnd('+'), hits.EndsWith('+') ? $"{int.MaxValue}" : hits);
        return TryNumber(begin, out var first) && TryNumber(end, out var last) && last >= first ? (name, new FailPlan(name, kind, first, last)) : throw Unreadable(text);
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static TimeSpan PauseOf(string action) =>
        action.Split(':', 2) is ["pause", var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.FromTicks(-1);

    private static FormatException Unreadable(string text) =>
        new($"{FailPoint.Variable} holds '{text}'; accepted: NAME=ACTION[@N|@N+|@N-M] with kill, throw or pause:MILLISECONDS");
}
