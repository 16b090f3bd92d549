using System.Globalization;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>What a destination does with a request.</summary>
internal enum Fault
{
    /// <summary>200, at once.</summary>
    None,

    /// <summary>200, after a while.</summary>
    Slow,

    /// <summary>500.</summary>
    Error,

    /// <summary>429, with a Retry-After.</summary>
    TooMany,

    /// <summary>410: it wants no more of it.</summary>
    Gone,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>An answer that is none.</summary>
    Garbage,

    /// <summary>No answer.</summary>
    Hang,
}

/// <summary>The words of faults.</summary>
internal static class FaultText
{
    /// <summary>The status that is answered; the fault's name where none is.</summary>
    public static string Answer(this Fault fault) => fault switch
    {
        Fault.None or Fault.Slow => "200",
        Fault.Error => "500",
        Fault.TooMany => "429",
        Fault.Gone => "410",
        _ => fault.ToString().ToLower(CultureInfo.InvariantCulture),
    };
}
