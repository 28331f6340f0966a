using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Mutation;

/// <summary>
/// A copy of the build's output in which one assembly at a time is replaced by a mutant. The working tree is never changed.
/// </summary>
internal sealed partial class MutantSandbox
{
    /// <summary>Marks the unit tests that judge what no requirement reaches; the class or method carries it.</summary>
    public const string Trait = "Suite=Fast";

    // Libraries of libtorch: half a gigabyte that no mutant changes.
    private const string NativeLibraries = "runtimes";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string[] Programs = ["Mutation", "Unit"];
    private readonly string _folder;
    private readonly CompilerCalls _compiler;

    /// <param name="folder">Folder of the copy; replaced where it exists.</param>
    /// <param name="compiler">Compiles for all sandboxes.</param>
    public MutantSandbox(string folder, CompilerCalls compiler)
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
                if (Path.GetFileName(inner) != NativeLibraries || !Linked(inner, to)) CopyTree(inner, to);
            }
        }
        Directory.CreateDirectory(Scratch);
    }

    /// <summary>Plants a bug, judges, takes it out again.</summary>
    public Trial Try(Mutation mutation, string digest)
    {
        var started = Stopwatch.GetTimestamp();
        var (made, error) = _compiler.Compile(mutation.File, mutation.In(Source(mutation.File)), Scratch);
        if (made is null) return Done(Fate.DoesNotBuild, "the compiler", error);
        var name = CompilerCalls.AssemblyOf(CompilerCalls.ProjectOf(mutation.File));
        foreach (var program in Programs) File.Copy(made, Path.Combine(_folder, program, name), overwrite: true);
        try
        {
            var (fate, by, message) = Judge(mutation.Rows);
            return Done(fate, by, message);
        }
        finally
        {
            foreach (var program in Programs) File.Copy(Path.Combine(Built(program), name), Path.Combine(_folder, program, name), overwrite: true);
        }

        Trial Done(Fate fate, string by, string message) => new(mutation.Id, digest, fate, by, message, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 1));
    }

    /// <summary>Compiles projects without a bug, the way those with one are, and judges.</summary>
    /// <param name="files">Sources, one of each project.</param>
    public (Fate Fate, string By, string Message) JudgeUnchanged(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            var (made, error) = _compiler.Compile(file, Source(file), Scratch);
            if (made is null) return (Fate.DoesNotBuild, "the compiler", error);
            foreach (var program in Programs) File.Copy(made, Path.Combine(_folder, program, Path.GetFileName(made)), overwrite: true);
        }
        return Judge([]);
    }

    /// <summary>The fast suite: the specification, and where it finds nothing the marked unit tests.</summary>
    /// <param name="rows">Rows whose requirements are asked first.</param>
    private (Fate Fate, string By, string Message) Judge(string[] rows)
    {
        var spec = Child.Run(_folder, Patience, "dotnet", [Path.Combine(_folder, "Mutation", "TurkishLlm.Tests.Mutation.dll"), "judge", .. rows]);
        var finding = FastSuite.Read(spec.Output);
        if (finding is { By: { } by, Crashed: false }) return (Fate.Killed, by, finding.Message);
        // Code that refuses its own work says what is wrong.
        if (finding is { By: FastSuite.Preparing } && !RuntimeError().IsMatch(finding.Message)) return (Fate.Killed, finding.By, finding.Message);
        var tests = Child.Run(
            _folder, Patience, "dotnet", Path.Combine(_folder, "Unit", "TurkishLlm.Tests.Unit.dll"), ":1",
            "-trait", Trait, "-stopOnFail", "-noLogo", "-noColor", "-parallelMode", "none");
        if (Failure().Match(tests.Output) is { Success: true } failed)
        {
            var (test, message) = (failed.Groups["test"].Value, OneLine(failed.Groups["message"].Value));
            // A refusal in words is one: the code itself says what is wrong. What the runtime says is a crash.
            return (RuntimeError().IsMatch(message) ? Fate.Crashed : Fate.Killed, test.Replace("TurkishLlm.Tests.Unit.", "", StringComparison.Ordinal), message);
        }
        if (finding is { By: { } crashed }) return (RuntimeError().IsMatch(finding.Message) ? Fate.Crashed : Fate.Killed, crashed, finding.Message);
        if (finding is null) return (Fate.Crashed, "the specification", spec.TookTooLong ? "did not end" : OneLine(spec.Error + spec.Output));
        if (tests.Code != 0) return (Fate.Crashed, "the unit tests", tests.TookTooLong ? "did not end" : OneLine(tests.Error + tests.Output));
        return (Fate.Survived, "", "");
    }

    // Windows lets only some users make symbolic links.
    private static bool Linked(string folder, string link)
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

    private static string Built(string program) => Path.Combine(Repository.Root, "artifacts", "bin", program, "release");

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is var line && line.Length > 400 ? line[..400] : line;

    [GeneratedRegex(@"^    (?<test>TurkishLlm\.\S.*) \[FAIL\]\n(?<message>(?:      .*\n)+?)(?=      (?:Stack Trace|Output):|\S|\z)", RegexOptions.Multiline)]
    private static partial Regex Failure();

    [GeneratedRegex(@"\b(NullReference|IndexOutOfRange|ArgumentOutOfRange|InvalidCast|External|KeyNotFound|ObjectDisposed|TypeInitialization|SEH|AccessViolation|InvalidOperation)Exception\b")]
    private static partial Regex RuntimeError();
}
