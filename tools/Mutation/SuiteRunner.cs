using System.Text.RegularExpressions;
using TurkishLlm.Tools.Mutation.Generated.Reach;

namespace TurkishLlm.Tools.Mutation;

/// <summary>Runs requirements and tests in the folder of a sandbox, each in its own process.</summary>
/// <param name="folder">The folder with a subfolder for each program.</param>
/// <param name="temporary">Folder for temporary files; emptied after each run.</param>
internal sealed partial class SuiteRunner(string folder, string temporary)
{
    // An endless loop is a detection: what takes this many times as long as on the unchanged code never ends.
    private const double TimeoutFactor = 10;

    // Of a process that another one asked to end (SIGTERM): it says nothing about the code.
    private const int Terminated = 143;
    private const int MaxMessageLength = 400;
    private static readonly string[] CommonArguments =
        [":1", "-noLogo", "-noColor", "-parallelMode", "none", "-reporter", "verbose"];

    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(20);

    // Of tests that were not run on the unchanged code: ten times as long as the slowest test may take.
    private static readonly TimeSpan UnknownTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromMinutes(30);

    /// <summary>The locale of the programs; null for that of this process.</summary>
    public string? Locale { get; set; }

    /// <summary>Folder in which instrumented code marks what is run; null for none.</summary>
    public string? ReachFolder { get; set; }

    /// <summary>The time that the slowest requirement or test of the fast suite takes on the unchanged code.</summary>
    public TimeSpan? FastSilence { get; set; }

    /// <summary>Judges the specification.</summary>
    /// <param name="first">Ids of bugs, of which the requirements are judged first, and of requirements to judge next.</param>
    /// <param name="options">Options of <see cref="FastSuite"/>.</param>
    public SuiteResult RunRequirements(IEnumerable<string> first, params IEnumerable<string> options)
    {
        var result = Run(
            isFast: true, Path.Combine(folder, "Mutation", "TurkishLlm.Tools.Mutation.dll"),
            [FastSuite.Command, .. options, .. first]);
        var finding = FastSuite.Read(result.Output);
        if (finding is { RequirementId: { } by }) return new(MutantStatus.Killed, by, finding.Message, result.LongestSilence);
        if (finding is not null) return new(MutantStatus.Survived, "", "", result.LongestSilence);
        return result.TimedOut
            ? new(MutantStatus.TimedOut, FastSuite.CurrentIn(result.Output), "timed out")
            : new(MutantStatus.Crashed, FastSuite.CurrentIn(result.Output), EndOf(result));
    }

    /// <summary>Runs tests until one fails.</summary>
    /// <param name="program">The test project, such as <c>Unit</c>.</param>
    /// <param name="filter">Arguments that select tests.</param>
    /// <param name="isFast">True if all of them are of the fast suite.</param>
    public SuiteResult RunTests(string program, IEnumerable<string> filter, bool isFast = false)
    {
        var result = Run(isFast, TestsOf(program), [.. CommonArguments, .. filter, "-stopOnFail"]);
        if (FailurePattern().Match(result.Output) is { Success: true } failed)
            return Describe(MutantStatus.Killed, failed.Groups["test"].Value, OneLine(failed.Groups["message"].Value));
        if (result.TimedOut) return Describe(MutantStatus.TimedOut, CurrentTest(result.Output), "timed out");
        return result.ExitCode == 0
            ? new(MutantStatus.Survived, "", "", result.LongestSilence)
            : Describe(MutantStatus.Crashed, CurrentTest(result.Output), EndOf(result));
    }

    private static SuiteResult Describe(MutantStatus status, string? test, string message) =>
        new(status, test is null ? "tests" : ShortName(test), message, Method: test?.Split('(')[0]);

    private string TestsOf(string program) => Path.Combine(folder, program, $"TurkishLlm.Tests.{program}.dll");

    private ChildProcess.Result Run(bool isFast, string program, IEnumerable<string> arguments)
    {
        Directory.CreateDirectory(temporary);
        var silence = isFast && FastSilence is { } unchanged
            ? TimeSpan.FromSeconds(Math.Max(ShortestTimeout.TotalSeconds, TimeoutFactor * unchanged.TotalSeconds))
            : UnknownTimeout;
        try
        {
            var settings = new ChildProcess.Settings(
                TotalTimeout, silence, temporary, Locale,
                ReachFolder is { } reach ? new Dictionary<string, string> { [InstrumentedProject.Variable] = reach } : null);
            var result = ChildProcess.Run(folder, settings, "dotnet", [program, .. arguments]);
            return result.ExitCode == Terminated ? ChildProcess.Run(folder, settings, "dotnet", [program, .. arguments]) : result;
        }
        finally
        {
            try
            {
                Directory.Delete(temporary, recursive: true);
            }
            catch (IOException)
            {
                // A process that was killed may still hold a file; the next run tries again.
            }
        }
    }

    private static string? CurrentTest(string output) =>
        StartedPattern().Matches(output) is [.., var last] ? last.Groups["test"].Value : null;

    private static string ShortName(string test) => test.Replace("TurkishLlm.Tests.Unit.", "", StringComparison.Ordinal)
        .Replace("TurkishLlm.Tests.", "", StringComparison.Ordinal);

    private static string EndOf(ChildProcess.Result result) =>
        FormattableString.Invariant($"the process ended with exit code {result.ExitCode}: {OneLine(result.Error)}");

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is var line
        && line.Length > MaxMessageLength
            ? line[..MaxMessageLength]
            : line;

    [GeneratedRegex(
        @"^    (?<test>TurkishLlm\.\S.*) \[FAIL\]\n(?<message>(?:      .*\n)+?)(?=      (?:Stack Trace|Output):|\S|    \S|\z)",
        RegexOptions.Multiline)]
    private static partial Regex FailurePattern();

    [GeneratedRegex(@"^    (?<test>TurkishLlm\.\S.*) \[STARTING\]$", RegexOptions.Multiline)]
    private static partial Regex StartedPattern();
}
