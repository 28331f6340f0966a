using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace TurkishLlm.Tests.Unit.Cli;

/// <summary>The program as a process of its own, which can be killed.</summary>
internal sealed class Child : IDisposable
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15;

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    public Child(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "turkishllm.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
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
    public int End(int signal, Func<bool> when)
    {
        while (!_process.HasExited && !when()) Thread.Sleep(1);
        _ = Send(_process.Id, signal);
        return End();
    }

    public int End()
    {
        if (!_process.WaitForExit(TimeSpan.FromSeconds(120))) throw new TimeoutException($"Still running after two minutes:\n{Said}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Hear(object sender, DataReceivedEventArgs line)
    {
        lock (_said) _ = line.Data is null ? _said : _said.AppendLine(line.Data);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
