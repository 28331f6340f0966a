using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Mutation;

/// <summary>
/// A scratch copy of what was built, in which one assembly at a time is exchanged. The working tree is never touched.
/// </summary>
internal sealed partial class Workshop
{
    /// <summary>Marks the unit tests that judge what no requirement reaches; the class or method carries it.</summary>
    public const string Trait = "Suite=Fast";

    private const string Library = "libturkishllm_torch.so";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string[] Programs = ["Mutation", "Unit"];
    private readonly string _folder;
    private readonly CompilerCalls _compiler;
    private readonly NativeBuild _native;

    /// <param name="folder">Where the copy lies; made anew.</param>
    /// <param name="compiler">Compiles for all copies.</param>
    public Workshop(string folder, CompilerCalls compiler)
    {
        (_folder, _compiler, _native) = (folder, compiler, new NativeBuild(folder));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        foreach (var program in Programs)
            foreach (var file in Directory.EnumerateFiles(Built(program), "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, program, Path.GetRelativePath(Built(program), file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        Directory.CreateDirectory(Scratch);
    }

    /// <summary>Plants a bug, judges, takes it out again.</summary>
    public Trial Try(Mutation mutation, string digest)
    {
        var started = Stopwatch.GetTimestamp();
        var native = mutation.File.EndsWith(".cpp", StringComparison.Ordinal);
        var (made, error) = native ? _native.Compile(mutation) : _compiler.Compile(mutation.File, mutation.In(Source(mutation.File)), Scratch);
        if (made is null) return Done(Fate.DoesNotBuild, "the compiler", error);
        var name = native ? Library : CompilerCalls.AssemblyOf(CompilerCalls.ProjectOf(mutation.File));
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
            _folder, Patience, "dotnet", Path.Combine(_folder, "Unit", "TurkishLlm.Tests.Unit.dll"), ":1", "-trait", Trait, "-stopOnFail", "-noLogo", "-noColor", "-parallel", "none");
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

    private string Scratch => Path.Combine(_folder, "scratch");

    private static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static string Built(string program) => Path.Combine(Repository.Root, "artifacts", "bin", program, "release");

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is var line && line.Length > 400 ? line[..400] : line;

    [GeneratedRegex(@"^    (?<test>TurkishLlm\.\S.*) \[FAIL\]\n(?<message>(?:      .*\n)+?)(?=      (?:Stack Trace|Output):|\S|\z)", RegexOptions.Multiline)]
    private static partial Regex Failure();

    [GeneratedRegex(@"\b(NullReference|IndexOutOfRange|ArgumentOutOfRange|InvalidCast|External|KeyNotFound|ObjectDisposed|TypeInitialization|SEH|AccessViolation|InvalidOperation)Exception\b")]
    private static partial Regex RuntimeError();
}
