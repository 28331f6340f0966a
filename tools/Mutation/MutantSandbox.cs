using System.Diagnostics;
using System.Text.RegularExpressions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// A copy of the build's output in which one assembly at a time is replaced by a mutant. The working tree is never changed.
/// </summary>
internal sealed partial class MutantSandbox
{
    /// <summary>The trait of the unit tests that judge what no requirement covers, on the class or the method.</summary>
    public const string Trait = "Suite=Fast";

    // Libraries of libtorch: half a gigabyte that no mutant changes.
    private const string NativeLibraries = "runtimes";
    private static readonly TimeSpan JudgeTimeout = TimeSpan.FromMinutes(5);
    private static readonly string[] Programs = ["Mutation", "Unit"];
    private readonly string _folder;
    private readonly MutantCompiler _compiler;

    /// <param name="folder">Folder of the copy; replaced where it exists.</param>
    /// <param name="compiler">Compiles for all sandboxes.</param>
    public MutantSandbox(string folder, MutantCompiler compiler)
    {
        (_folder, _compiler) = (folder, compiler);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var program in Programs)
        {
            var copy = Path.Combine(folder, program);
            CopyFiles(Built(program), copy);
            foreach (var inner in Directory.EnumerateDirectories(Built(program)))
            {
                var to = Path.Combine(copy, Path.GetFileName(inner));
                if (Path.GetFileName(inner) != NativeLibraries || !TryLink(inner, to)) CopyTree(inner, to);
            }
        }
        Directory.CreateDirectory(Scratch);
    }

    /// <summary>Plants a bug, judges the code, and restores it.</summary>
    public MutantResult Run(Mutation mutation, string digest)
    {
        var started = Stopwatch.GetTimestamp();
        var (made, error) = _compiler.Compile(mutation.File, mutation.ApplyTo(Source(mutation.File)), Scratch);
        if (made is null) return Done(MutantStatus.CompileError, "compiler", error);
        var name = MutantCompiler.AssemblyOf(MutantCompiler.ProjectOf(mutation.File));
        foreach (var program in Programs) File.Copy(made, Path.Combine(_folder, program, name), overwrite: true);
        try
        {
            var (status, by, message) = Judge(mutation.BugIds);
            return Done(status, by, message);
        }
        finally
        {
            foreach (var program in Programs)
                File.Copy(Path.Combine(Built(program), name), Path.Combine(_folder, program, name), overwrite: true);
        }

        MutantResult Done(MutantStatus status, string by, string message) =>
            new(mutation.Id, digest, status, by, message, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1));
    }

    /// <summary>Compiles projects without a bug, in the same way as with one, and judges them.</summary>
    /// <param name="files">Sources, one of each project.</param>
    public (MutantStatus Status, string KilledBy, string Message) JudgeUnchanged(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var (made, error) = _compiler.Compile(file, Source(file), Scratch);
            if (made is null) return (MutantStatus.CompileError, "compiler", error);
            foreach (var program in Programs)
                File.Copy(made, Path.Combine(_folder, program, Path.GetFileName(made)), overwrite: true);
        }
        return Judge([]);
    }

    /// <summary>Runs the fast suite: the specification and, if all of it holds, the unit tests of the suite.</summary>
    /// <param name="bugIds">Bug ids; requirements that name one of them are judged first.</param>
    private (MutantStatus Status, string KilledBy, string Message) Judge(string[] bugIds)
    {
        var spec = ChildProcess.Run(
            _folder, JudgeTimeout, "dotnet",
            [Path.Combine(_folder, "Mutation", "TurkishLlm.Tools.Mutation.dll"), "judge", .. bugIds]);
        var finding = FastSuite.Read(spec.Output);
        if (finding is { RequirementId: { } by, Crashed: false }) return (MutantStatus.Killed, by, finding.Message);
        // An error message of the code itself says what is wrong, so it counts as a detection.
        if (finding is { RequirementId: FastSuite.PreparationStage } && !RuntimeErrorPattern().IsMatch(finding.Message))
            return (MutantStatus.Killed, finding.RequirementId, finding.Message);
        var tests = ChildProcess.Run(
            _folder, JudgeTimeout, "dotnet", Path.Combine(_folder, "Unit", "TurkishLlm.Tests.Unit.dll"), ":1",
            "-trait", Trait, "-stopOnFail", "-noLogo", "-noColor", "-parallelMode", "none");
        if (FailurePattern().Match(tests.Output) is { Success: true } failed)
        {
            var (test, message) = (failed.Groups["test"].Value, OneLine(failed.Groups["message"].Value));
            // An error message of the code itself counts as a detection; an exception of the runtime counts as a crash.
            return (
                RuntimeErrorPattern().IsMatch(message) ? MutantStatus.Crashed : MutantStatus.Killed,
                test.Replace("TurkishLlm.Tests.Unit.", "", StringComparison.Ordinal), message);
        }
        if (finding is { RequirementId: { } crashed })
            return (
                RuntimeErrorPattern().IsMatch(finding.Message) ? MutantStatus.Crashed : MutantStatus.Killed, crashed,
                finding.Message);
        if (finding is null)
            return (MutantStatus.Crashed, "specification", spec.TimedOut ? "timed out" : OneLine(spec.Error + spec.Output));
        if (tests.ExitCode != 0)
            return (MutantStatus.Crashed, "unit tests", tests.TimedOut ? "timed out" : OneLine(tests.Error + tests.Output));
        return (MutantStatus.Survived, "", "");
    }

    // On Windows, only some users may create symbolic links.
    private static bool TryLink(string folder, string link)
    {
        try
        {
            Directory.CreateSymbolicLink(link, folder);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void CopyTree(string from, string to)
    {
        CopyFiles(from, to);
        foreach (var inner in Directory.EnumerateDirectories(from)) CopyTree(inner, Path.Combine(to, Path.GetFileName(inner)));
    }

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private string Scratch => Path.Combine(_folder, "scratch");

    private static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    internal static string Built(string program) => Path.Combine(Repository.Root, "artifacts", "bin", program, "release");

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is var line && line.Length > 400
            ? line[..400]
            : line;

    [GeneratedRegex(
        @"^    (?<test>TurkishLlm\.\S.*) \[FAIL\]\n(?<message>(?:      .*\n)+?)(?=      (?:Stack Trace|Output):|\S|\z)",
        RegexOptions.Multiline)]
    private static partial Regex FailurePattern();

    [GeneratedRegex(
        @"\b(NullReference|IndexOutOfRange|ArgumentOutOfRange|InvalidCast|External|KeyNotFound|ObjectDisposed|"
            + @"TypeInitialization|SEH|AccessViolation|InvalidOperation)Exception\b"
    )]
    private static partial Regex RuntimeErrorPattern();
}
