namespace Posthorn.Sql;

/// <summary>Times as numbers.</summary>
internal static class SqlTime
{
    /// <summary>Unix milliseconds.</summary>
    public static long Of(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    /// <inheritdoc cref="Of(DateTimeOffset)"/>
    public static long? Of(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();

    /// <summary>The time of Unix milliseconds.</summary>
    public static DateTimeOffset Read(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    /// <inheritdoc cref="Read(long)"/>
    public static DateTimeOffset? Read(long? milliseconds) => milliseconds is { } given ? Read(given) : null;

    /// <summary>Ticks, where the order within a millisecond matters.</summary>
    public static long Ticks(DateTimeOffset time) => time.UtcTicks;

    /// <summary>The time of ticks.</summary>
    public static DateTimeOffset ReadTicks(long ticks) => new(ticks, TimeSpan.Zero);
}
