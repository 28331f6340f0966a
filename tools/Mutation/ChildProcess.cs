using System.Diagnostics;
using System.Text;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Runs a program, captures its output, and kills its process tree on timeout.</summary>
internal static class ChildProcess
{
    /// <summary>Output and exit code of a program.</summary>
    /// <param name="ExitCode">The exit code; −1 after a timeout.</param>
    /// <param name="Output">Standard output.</param>
    /// <param name="Error">Standard error.</param>
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        public bool TimedOut => ExitCode == -1;
    }

    public static Result Run(string folder, TimeSpan limit, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        using var process = Process.Start(start)!;
        var (output, error) = (new StringBuilder(), new StringBuilder());
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (process.WaitForExit(limit))
        {
            process.WaitForExit();
            return new(process.ExitCode, output.ToString(), error.ToString());
        }
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return new(-1, output.ToString(), error.ToString());

        static void Append(StringBuilder to, string? line)
        {
            if (line is null) return;
            lock (to) to.Append(line).Append('\n');
        }
    }
}
