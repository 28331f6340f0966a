using System.Text.Json;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tools.Mutation.Generated;

namespace TurkishLlm.Tools.Mutation;

/// <summary>
/// The command line with which the build compiles a project. Asking MSBuild for it takes seconds, so it is kept in a file until a
/// project file or the set of sources changes.
/// </summary>
/// <param name="folder">Folder of the files.</param>
internal sealed class CompilerArguments(string folder)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(10);

    // A planted bug may leave a variable unused, and its assembly has no documentation and no debug information.
    private static readonly string[] Dropped =
    [
        "/noconfig", "/out:", "/refout:", "/doc:", "/warnaserror", "/additionalfile:", "/debug", "/pdb:", "/embed",
        "/sourcelink:",
    ];

    /// <summary>Returns the arguments for a project, without its output. Analyzers are skipped, source generators run.</summary>
    public string[] Of(string project) => ReadOrMake($"{Path.GetFileName(project)}-{HashOf(project)}", () => Ask(project));

    /// <summary>Returns the path of the compiler.</summary>
    public string Compiler() => Path.Combine(
        ReadOrMake("sdk", () => [AskFor("src/Files", "-getProperty:MSBuildToolsPath").Trim()])[0],
        "Roslyn", "bincore", "csc.dll");

    private string[] ReadOrMake(string name, Func<string[]> make)
    {
        var file = Path.Combine(folder, $"{name}.json");
        if (File.Exists(file)) return JsonSerializer.Deserialize<string[]>(File.ReadAllText(file))!;
        var made = make();
        Directory.CreateDirectory(folder);
        File.WriteAllText(file, JsonSerializer.Serialize(made));
        return made;
    }

    private static string HashOf(string project)
    {
        string[] settings =
        [
            $"{project}/{Path.GetFileName(project)}.csproj", "Directory.Build.props", "Directory.Build.targets",
            "Directory.Packages.props", "global.json",
        ];
        return MutantGenerator.HashOf(string.Join(
            '\n',
            settings.Select(file => File.ReadAllText(Path.Combine(Repository.Root, file)))
                .Concat(SourceProject.FindSources(project))));
    }

    private static string[] Ask(string project)
    {
        using var json = JsonDocument.Parse(AskFor(
            project, "-p:Configuration=Release", "-p:ProvideCommandLineArgs=true", "-p:SkipCompilerExecution=true",
            "-p:BuildProjectReferences=false", "-p:NonExistentFile=/none/such", "-t:PrepareResources;Compile",
            "-getItem:CscCommandLineArgs"));
        return
        [
            .. json
                .RootElement.GetProperty("Items")
                .GetProperty("CscCommandLineArgs")
                .EnumerateArray()
                .Select(item => item.GetProperty("Identity").GetString()!)
                .Where(argument => !Dropped.Any(start => argument.StartsWith(start, StringComparison.Ordinal))),
            // Analyzers are skipped; source generators, which come by the same arguments, still run.
            "/skipanalyzers+",
        ];
    }

    private static string AskFor(string project, params string[] question)
    {
        var result = ChildProcess.Run(
            Path.Combine(Repository.Root, project), Timeout, "dotnet",
            ["msbuild", $"{Path.GetFileName(project)}.csproj", "-nologo", .. question]);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException(
                $"{project}: msbuild did not return the command line of the compiler. {result.Output}{result.Error}");
    }
}
