using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation.Generated;

/// <summary>
/// The sources of a project of src with their types resolved. Source generators are not run: what they would add is unresolved,
/// which prevents only mutants of the expressions that use it.
/// </summary>
public sealed class SourceProject
{
    private const string GlobalUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.Latest, DocumentationMode.None);
    private static readonly Lazy<MetadataReference[]> LibraryReferences = new(FindLibraries);
    private readonly SyntaxTree[] _trees;

    private SourceProject(string name, IEnumerable<(string File, string Text)> sources, IEnumerable<MetadataReference> references)
    {
        Name = name;
        _trees = [.. sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, ParseOptions, source.File))];
        Compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(MutantCompiler.AssemblyOf(name)),
            _trees.Append(CSharpSyntaxTree.ParseText(GlobalUsings, ParseOptions)), references,
            new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    /// <summary>Folder, relative to the root of the repository, such as <c>src/Data</c>.</summary>
    public string Name { get; }

    /// <summary>The sources with their types.</summary>
    public CSharpCompilation Compilation { get; }

    /// <summary>The sources; the path of each is relative to the root of the repository.</summary>
    public IReadOnlyList<SyntaxTree> Trees => _trees;

    /// <summary>Names of all projects of src.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src"))
            .Where(folder => Directory.EnumerateFiles(folder, "*.csproj").Any())
            .Select(folder => $"src/{Path.GetFileName(folder)}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads a project.</summary>
    /// <param name="name">Its folder, such as <c>src/Data</c>.</param>
    public static SourceProject Load(string name)
    {
        var assembly = MutantCompiler.AssemblyOf(name);
        return new(
            name,
            FindSources(name).Select(file => (file, File.ReadAllText(Path.Combine(Repository.Root, file)))),
            LibraryReferences.Value.Where(library => Path.GetFileName(library.Display) != assembly));
    }

    /// <summary>Makes a project of one source.</summary>
    /// <param name="file">Path of the source; its first two folders are the name of the project.</param>
    /// <param name="text">The source.</param>
    public static SourceProject OfText(string file, string text) =>
        new(MutantCompiler.ProjectOf(file), [(file, text)], LibraryReferences.Value);

    /// <summary>Returns the sources of a project in ordinal order, without what a build generates.</summary>
    public static IReadOnlyList<string> FindSources(string name)
    {
        var folder = Path.Combine(Repository.Root, name);
        return
        [
            .. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Select(file => $"{name}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}")
                .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)
                    && !file.Contains("/bin/", StringComparison.Ordinal)
                    && !file.EndsWith(".g.cs", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    // Those of the tests: they include every library that a project of src uses.
    private static MetadataReference[] FindLibraries() =>
    [
        .. new[] { Path.GetDirectoryName(typeof(object).Assembly.Location)!, MutantSandbox.Built("Unit") }
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll"))
            .DistinctBy(Path.GetFileName)
            .Where(IsManaged)
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];

    private static bool IsManaged(string file)
    {
        using var stream = File.OpenRead(file);
        using var reader = new PEReader(stream);
        try
        {
            return reader.HasMetadata;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
