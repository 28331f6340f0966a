using System.Collections.Concurrent;
using System.Text.Json;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// Compiles one project of src with one source exchanged, by the very command line of the build and by the compiler's server.
/// The projects above it are not compiled again: a mutation changes what bodies do, never what an assembly shows to others.
/// </summary>
internal sealed class MutantCompiler
{
    private static readonly TimeSpan CompileTimeout = TimeSpan.FromMinutes(3);
    private readonly ConcurrentDictionary<string, string[]> _arguments = new(StringComparer.Ordinal);
    private readonly string _compiler = Path.Combine(Sdk(), "Roslyn", "bincore", "csc.dll");

    /// <summary>The project of a source: the first two folders of its path.</summary>
    public static string ProjectOf(string file) => string.Join('/', file.Split('/').Take(2));

    /// <summary>The assembly of a project, by its file name.</summary>
    public static string AssemblyOf(string project) => $"TurkishLlm.{Path.GetFileName(project)}.dll";

    /// <summary>Compiles.</summary>
    /// <param name="file">The source to exchange.</param>
    /// <param name="text">What to compile in its place.</param>
    /// <param name="scratch">A folder for the source and the assembly.</param>
    /// <returns>The assembly, or the compiler's first error.</returns>
    public (string? Assembly, string Error) Compile(string file, string text, string scratch)
    {
        var project = ProjectOf(file);
        var folder = Path.Combine(Repository.Root, project);
        var (source, assembly) = (Path.Combine(scratch, Path.GetFileName(file)), Path.Combine(scratch, AssemblyOf(project)));
        File.WriteAllText(source, text);
        var own = Path.GetRelativePath(project, file);
        string[] arguments =
        [
            .. _arguments.GetOrAdd(project, ArgumentsOf).Select(argument => argument == own ? Quoted(source) : argument),
            Quoted($"/out:{assembly}"),
        ];
        var response = Path.Combine(scratch, "compile.rsp");
        File.WriteAllLines(response, arguments);
        var result = ChildProcess.Run(folder, CompileTimeout, "dotnet", _compiler, "/shared", "/noconfig", $"@{response}");
        return result.ExitCode == 0 ? (assembly, "") : (null, result.Output.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? result.Error);
    }

    // Analyzers look at style and banned words, not at what code does; generators write code. A bug may leave something unused.
    private static string[] ArgumentsOf(string project)
    {
        var name = Path.GetFileName(project);
        var result = ChildProcess.Run(
            Path.Combine(Repository.Root, project), CompileTimeout, "dotnet", "msbuild", $"{name}.csproj", "-nologo", "-p:Configuration=Release", "-p:ProvideCommandLineArgs=true",
            "-p:SkipCompilerExecution=true", "-p:BuildProjectReferences=false", "-p:NonExistentFile=/none/such", "-t:PrepareResources;Compile", "-getItem:CscCommandLineArgs");
        if (result.ExitCode != 0) throw new InvalidOperationException($"{project}: the build does not tell how it compiles. {result.Output}{result.Error}");
        using var json = JsonDocument.Parse(result.Output);
        string[] dropped = ["/noconfig", "/out:", "/refout:", "/doc:", "/warnaserror", "/additionalfile:"];
        return
        [
            .. json.RootElement.GetProperty("Items").GetProperty("CscCommandLineArgs").EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)
                .Where(argument => !dropped.Any(start => argument.StartsWith(start, StringComparison.Ordinal)))
                .Where(argument => !argument.StartsWith("/analyzer:", StringComparison.Ordinal) || argument.Contains("Microsoft.NETCore.App.Ref", StringComparison.Ordinal)),
        ];
    }

    private static string Sdk() => ChildProcess.Run(
        Repository.Root, CompileTimeout, "dotnet", "msbuild", "src/Kernels/Kernels.csproj", "-nologo", "-getProperty:MSBuildToolsPath")
        .Output.Trim();

    private static string Quoted(string argument) => $"\"{argument}\"";
}
