using System.Diagnostics;
using System.Text;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Runs a program, captures its output, and kills its process tree after a timeout or a long silence.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    /// <summary>Output and exit code of a program.</summary>
    /// <param name="ExitCode">The exit code; −1 after a timeout.</param>
    /// <param name="Output">Standard output.</param>
    /// <param name="Error">Standard error.</param>
    /// <param name="LongestSilence">The longest time without a line of standard output.</param>
    public sealed record Result(int ExitCode, string Output, string Error, TimeSpan LongestSilence)
    {
        public bool TimedOut => ExitCode == -1;
    }

    /// <summary>How a program is run.</summary>
    /// <param name="Total">Time for all of it.</param>
    /// <param name="Silence">Time without a line of standard output; null for no limit.</param>
    /// <param name="TemporaryFolder">The folder for temporary files; null for that of this process.</param>
    /// <param name="Locale">The locale, from which .NET takes its culture; null for that of this process.</param>
    /// <param name="Variables">Further variables of the environment.</param>
    public sealed record Settings(
        TimeSpan Total, TimeSpan? Silence = null, string? TemporaryFolder = null, string? Locale = null,
        IReadOnlyDictionary<string, string>? Variables = null);

    public static Result Run(string folder, TimeSpan limit, string program, params IEnumerable<string> arguments) =>
        Run(folder, new Settings(limit), program, arguments);

    public static Result Run(string folder, Settings settings, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        if (settings.TemporaryFolder is { } temporary)
            foreach (var name in new[] { "TMPDIR", "TMP", "TEMP" })
                start.Environment[name] = temporary;
        if (settings.Locale is { } locale) start.Environment["LC_ALL"] = locale;
        foreach (var (name, value) in settings.Variables ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (new CapturedLines(), new CapturedLines());
        process.OutputDataReceived += (_, line) => output.Append(line.Data);
        process.ErrorDataReceived += (_, line) => error.Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var started = Stopwatch.GetTimestamp();
        while (!process.WaitForExit(PollInterval))
            if (Stopwatch.GetElapsedTime(started) > settings.Total || output.Silence > settings.Silence)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return new(-1, output.Text, error.Text, output.LongestSilence);
            }
        process.WaitForExit();
        return new(process.ExitCode, output.Text, error.Text, output.LongestSilence);
    }

    // Lines of a stream, and how long the next one takes.
    private sealed class CapturedLines
    {
        private readonly StringBuilder _text = new();
        private long _last = Stopwatch.GetTimestamp();
        private TimeSpan _longest;

        public string Text
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public TimeSpan Silence
        {
            get
            {
                lock (_text) return Stopwatch.GetElapsedTime(_last);
            }
        }

        public TimeSpan LongestSilence
        {
            get
            {
                lock (_text) return _longest;
            }
        }

        public void Append(string? line)
        {
            lock (_text)
            {
                if (Stopwatch.GetElapsedTime(_last) is var silence && silence > _longest) _longest = silence;
                _last = Stopwatch.GetTimestamp();
                if (line is not null) _text.Append(line).Append('\n');
            }
        }
    }
}
