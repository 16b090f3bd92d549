namespace Posthorn.ServiceBusDouble;

/// <summary>What the SDK demands of its arguments, with the exceptions that it throws.</summary>
internal static class Require
{
    public static T NotNull<T>(T? value, string name)
        where T : class => value ?? throw new ArgumentNullException(name);

    public static string NotBlank(string? value, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value, name);
        return value;
    }

    public static T AtLeast<T>(T value, T least, string name)
        where T : IComparable<T> =>
        value.CompareTo(least) >= 0 ? value : throw new ArgumentOutOfRangeException(name, $"The value supplied must be greater than or equal to {least}.");

    public static T InRange<T>(T value, T least, T most, string name)
        where T : IComparable<T> =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0
            ? value
            : throw new ArgumentOutOfRangeException(name, $"The value must be from {least} to {most}; it is {value}.");

    public static TimeSpan NotNegative(TimeSpan value, string name) =>
        value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, $"The time must not be negative; it is {value}.");

    public static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, $"The time must be positive; it is {value}.");

    public static string? NotLonger(string? value, int most, string name) =>
        value is null || value.Length <= most ? value : throw new ArgumentOutOfRangeException(name, $"The argument '{name}' cannot exceed {most} characters.");

    public static void Open(bool isClosed, string what)
    {
        if (isClosed) throw new ObjectDisposedException(what, $"{what} has already been closed and cannot perform the requested operation.");
    }

    /// <summary>The SDK cancels with a <see cref="TaskCanceledException"/>, always.</summary>
    public static void NotCancelled(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested) throw new TaskCanceledException(message: null, innerException: null, cancellationToken);
    }
}
