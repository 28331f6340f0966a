using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>Runs the program as a separate process, which can be killed.</summary>
internal sealed class ChildProcess : IDisposable
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15;

    /// <summary>
    /// Signal that a terminal sends for Ctrl+C. Processes that a script starts in the background ignore SIGINT; SIGTERM replaces
    /// it
    /// there.
    /// </summary>
    public static int CtrlCSignal => InterruptIsIgnored() ? Terminate : Interrupt;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Thread[] _listeners;

    public ChildProcess(params string[] arguments)
        : this(new Dictionary<string, string>(), arguments)
    {
    }

    public ChildProcess(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "turkishllm.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _listeners = [ReadOutput(_process.StandardOutput), ReadOutput(_process.StandardError)];
    }

    /// <summary>Output so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Sends a signal as soon as a condition is true, and waits for the exit.</summary>
    /// <returns>The exit code; 128 plus the number of the signal if a signal ended the process.</returns>
    public int WaitForExit(int signal, Func<bool> when) => WaitForExit(signal, of: () => when() ? _process.Id : null);

    /// <summary>Sends a signal to another process as soon as its id is known, and waits for the exit of this one.</summary>
    public int WaitForExit(int signal, Func<int?> of)
    {
        int? process = null;
        while (!_process.HasExited && (process = of()) is null) Thread.Sleep(1);
        if (process is { } id) _ = SendSignal(id, signal);
        return WaitForExit();
    }

    public int WaitForExit()
    {
        if (!_process.WaitForExit(TimeSpan.FromSeconds(120)))
            throw new TimeoutException($"Still running after two minutes:\n{Output}");
        foreach (var listener in _listeners) listener.Join();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static bool InterruptIsIgnored()
    {
        const string ignored = "SigIgn:";
        var line = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(ignored, StringComparison.Ordinal))
            : null;
        return line is not null && (Convert.ToUInt64(line[ignored.Length..].Trim(), 16) >> (Interrupt - 1) & 1) == 1;
    }

    // A dedicated thread, since threads of the pool may be busy with other tests when output arrives.
    private Thread ReadOutput(StreamReader from)
    {
        var listener = new Thread(() =>
        {
            while (from.ReadLine() is { } line)
                lock (_output) _output.AppendLine(line);
        })
        { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        listener.Start();
        return listener;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
