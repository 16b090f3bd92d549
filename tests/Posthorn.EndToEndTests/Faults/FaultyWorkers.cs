using System.Runtime.InteropServices;
using Posthorn.Diagnostics;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Workers that die at a named point, stand still, or may not write any more.</summary>
internal static class FaultyWorkers
{
    private const int KilledExitCode = 128 + 9;
    private const int Sigcont = 18; // Of Linux, as the next two.
    private const int Sigstop = 19;
    private const int MaxFileSize = 1; // RLIMIT_FSIZE
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A worker that is up, and that fails at these points; the processes after it do not.</summary>
    public static async Task<PosthornProcess> StartArmedAsync(this Harness harness, string points)
    {
        harness.Environment[FailPoint.Variable] = points;
        var starting = harness.StartWorkerAsync();
        harness.Environment.Remove(FailPoint.Variable);
        return await starting;
    }

    /// <summary>A worker that finds mail on the queue and dies at a point, the n-th time it comes there.</summary>
    public static async Task DieAtAsync(this Harness harness, string point, int hit = 1)
    {
        harness.Environment[FailPoint.Variable] = $"{point}=kill@{hit}";
        var worker = harness.Start("serve", $"--api:url=http://127.0.0.1:{harness.ApiPort}");
        harness.Environment.Remove(FailPoint.Variable);
        await worker.ShouldDieAsync();
    }

    /// <summary>Waits until the worker has killed itself.</summary>
    public static async Task ShouldDieAsync(this PosthornProcess worker)
    {
        await worker.WaitForExitAsync(Patience);
        worker.ExitCode.ShouldBe(KilledExitCode, worker.Everything());
    }

    /// <summary>Stops the process where it stands, as a machine that sleeps does.</summary>
    public static void Freeze(this PosthornProcess worker)
    {
        OnLinuxOnly();
        Kill(worker.Id, Sigstop).ShouldBe(0);
    }

    /// <summary>Lets a frozen process go on.</summary>
    public static void Thaw(this PosthornProcess worker) => Kill(worker.Id, Sigcont).ShouldBe(0);

    /// <summary>No file of the process may grow beyond this; null lifts it.</summary>
    public static void LimitFiles(this PosthornProcess worker, long? bytes)
    {
        OnLinuxOnly();
        GetLimit(worker.Id, MaxFileSize, IntPtr.Zero, out var limit).ShouldBe(0);
        limit.Soft = bytes is { } most ? (nuint)most : limit.Hard; // The hard one is not ours to raise again.
        SetLimit(worker.Id, MaxFileSize, limit, IntPtr.Zero).ShouldBe(0);
    }

    private static void OnLinuxOnly() => Assert.SkipUnless(OperatingSystem.IsLinux(), "its numbers are those of Linux");

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [DllImport("libc", EntryPoint = "prlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int processId, int resource, in Limit limit, IntPtr before);

    [DllImport("libc", EntryPoint = "prlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int processId, int resource, IntPtr limit, out Limit now);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Soft;
        public nuint Hard;
    }
}
