using System.Collections.Concurrent;
using System.Xml.Linq;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// Compiles one project of src with some sources replaced, with the command line of the build and the compiler server.
/// Dependent projects are not compiled again: a mutation changes the bodies of methods, not the public interface.
/// </summary>
internal sealed class MutantCompiler
{
    private static readonly TimeSpan CompileTimeout = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, string[]> _arguments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<string>> _unchanged = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly CompilerArguments _commandLines;
    private readonly string _compiler;

    /// <param name="folder">Folder for the assemblies of the unchanged code and for command lines.</param>
    public MutantCompiler(string folder)
    {
        (_folder, _commandLines) = (folder, new(Path.Combine(folder, "arguments")));
        _compiler = _commandLines.Compiler();
    }

    /// <summary>Returns the project of a source: the first two folders of its path.</summary>
    public static string ProjectOf(string file) => string.Join('/', file.Split('/').Take(2));

    /// <summary>Returns the file name of the assembly of a project.</summary>
    public static string AssemblyOf(string project)
    {
        var name = Path.GetFileName(project);
        var file = Path.Combine(Repository.Root, project, $"{name}.csproj");
        var own = File.Exists(file) ? XDocument.Load(file).Descendants("AssemblyName").FirstOrDefault()?.Value : null;
        return $"{own ?? $"TurkishLlm.{name}"}.dll";
    }

    /// <summary>Compiles a project without a bug, in the same way as with one, once.</summary>
    /// <returns>Path of the assembly.</returns>
    /// <exception cref="InvalidOperationException">It does not compile.</exception>
    public string CompileUnchanged(string project) =>
        _unchanged.GetOrAdd(project, name => new(() =>
        {
            var folder = Path.Combine(_folder, Path.GetFileName(name));
            Directory.CreateDirectory(folder);
            var file = SourceProject.FindSources(name)[0];
            var (assembly, error) = Compile(file, File.ReadAllText(Path.Combine(Repository.Root, file)), folder);
            return assembly ?? throw new InvalidOperationException($"{name} does not compile: {error}");
        })).Value;

    /// <summary>Returns true if an assembly of a project has the same code as the unchanged one.</summary>
    public bool IsUnchanged(string project, string assembly) =>
        File.ReadAllBytes(CompileUnchanged(project)).AsSpan().SequenceEqual(File.ReadAllBytes(assembly));

    /// <summary>Compiles the project of a source with another text in place of the source.</summary>
    /// <param name="file">Path of the source to replace.</param>
    /// <param name="text">The text to compile instead.</param>
    /// <param name="scratch">Folder for the text and the assembly.</param>
    /// <returns>Path of the assembly, or the first error of the compiler.</returns>
    public (string? Assembly, string Error) Compile(string file, string text, string scratch) =>
        Compile(ProjectOf(file), new Dictionary<string, string> { [file] = text }, "", scratch);

    /// <summary>Compiles a project with other texts in place of some sources.</summary>
    /// <param name="project">The project.</param>
    /// <param name="texts">The texts by the paths of the sources.</param>
    /// <param name="addition">Another source; empty for none.</param>
    /// <param name="scratch">Folder for the texts and the assembly.</param>
    /// <returns>Path of the assembly, or the first error of the compiler.</returns>
    public (string? Assembly, string Error) Compile(
        string project, IReadOnlyDictionary<string, string> texts, string addition, string scratch)
    {
        var folder = Path.Combine(Repository.Root, project);
        var assembly = Path.Combine(scratch, AssemblyOf(project));
        var replaced = texts.ToDictionary(text => Path.GetRelativePath(project, text.Key), text => Write(text.Key, text.Value));
        string[] arguments =
        [
            .. _arguments.GetOrAdd(project, _commandLines.Of)
                .Select(argument => replaced.TryGetValue(argument, out var other) ? Quoted(other) : argument),
            .. addition.Length == 0 ? Array.Empty<string>() : [Quoted(Write("Addition.cs", addition))],
            Quoted($"/out:{assembly}"),
            "/debug-",
            // Paths of sources may be in the assembly, and those of other scratch folders would be other code.
            Quoted($"/pathmap:{scratch}={Repository.Root}"),
        ];
        var response = Path.Combine(scratch, "compile.rsp");
        File.WriteAllLines(response, arguments);
        var result = ChildProcess.Run(folder, CompileTimeout, "dotnet", _compiler, "/shared", "/noconfig", $"@{response}");
        return result.ExitCode == 0
            ? (assembly, "")
            : (
                null,
                result.Output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? result.Error
            );

        string Write(string file, string text)
        {
            var path = Path.Combine(scratch, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return path;
        }
    }

    private static string Quoted(string argument) => $"\"{argument}\"";
}
