using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>The program as a process of its own, which can be killed.</summary>
internal sealed class Child : IDisposable
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15;

    /// <summary>
    /// What a terminal sends for Ctrl+C. A suite that a script started in the background inherits deaf ears for it, as all its
    /// children do; there the other polite signal stands in.
    /// </summary>
    public static int CtrlC => InterruptIsIgnored() ? Terminate : Interrupt;

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Thread[] _listeners;

    public Child(params string[] arguments)
        : this(new Dictionary<string, string>(), arguments)
    {
    }

    public Child(IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "turkishllm.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _listeners = [Listen(_process.StandardOutput), Listen(_process.StandardError)];
    }

    /// <summary>Everything it wrote so far.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Sends a signal as soon as something is true, and waits for the end.</summary>
    /// <returns>The exit code; 128 and the number of the signal where that ended it.</returns>
    public int End(int signal, Func<bool> when) => End(signal, of: () => when() ? _process.Id : null);

    /// <summary>Sends a signal to another process than this one as soon as it is known which, and waits for the end of this one.</summary>
    public int End(int signal, Func<int?> of)
    {
        int? process = null;
        while (!_process.HasExited && (process = of()) is null) Thread.Sleep(1);
        if (process is { } id) _ = Send(id, signal);
        return End();
    }

    public int End()
    {
        if (!_process.WaitForExit(TimeSpan.FromSeconds(120))) throw new TimeoutException($"Still running after two minutes:\n{Said}");
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
        var line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(ignored, StringComparison.Ordinal)) : null;
        return line is not null && (Convert.ToUInt64(line[ignored.Length..].Trim(), 16) >> (Interrupt - 1) & 1) == 1;
    }

    // A thread of its own: the pool's may be busy with other tests when a word comes that a signal has to follow.
    private Thread Listen(StreamReader from)
    {
        var listener = new Thread(() =>
        {
            while (from.ReadLine() is { } line)
                lock (_said) _said.AppendLine(line);
        })
        { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        listener.Start();
        return listener;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
