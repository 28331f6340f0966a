using System.Diagnostics;
using System.Reflection;
using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>
/// The packages of this build in a temporary folder, which is the only package source of projects below it. Packages of others
/// come from where this repository was restored to, so nothing is downloaded.
/// </summary>
public sealed class PackedPackages : IDisposable
{
    private static readonly string[] Projects =
        ["spec/Kernel/Kernel", "spec/LanguageModels/LanguageModels", "spec/Xunit/Xunit", "templates/Templates"];

    private static readonly Dictionary<string, string> Metadata = typeof(PackedPackages).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(data => data.Key, data => data.Value ?? "");

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();

    /// <summary>Packs what was built, without building.</summary>
    public PackedPackages()
    {
        var projects = string.Join(';', Projects.Select(name => Path.Combine(Repository.Root, name + ".csproj")));
        File.WriteAllText(_folder / "pack.proj", $"""
            <Project>
              <Target Name="Pack">
                <MSBuild Projects="{projects}" Targets="Pack"
                         Properties="Configuration={Configuration};NoBuild=true;PackageOutputPath={Feed}" />
              </Target>
            </Project>
            """);
        var root = Path.GetFullPath(Path.Combine(Metadata["TorchSharpPackage"], "..", ".."));
        File.WriteAllText(_folder / "nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><clear /><add key="restored" value="{root}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="packed" value="{Feed}" /></packageSources>
            </configuration>
            """);
        RunDotnet("msbuild", _folder / "pack.proj", "-t:Pack", "-nologo", "-v:q", "-nodeReuse:false").Succeeded();
    }

    /// <summary>Folder with the .nupkg and .snupkg files.</summary>
    public string Feed => _folder / "feed";

    /// <summary>Configuration of this build.</summary>
    public static string Configuration { get; } =
        typeof(PackedPackages).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    /// <summary>Version of the packages.</summary>
    public static string Version { get; } = (string)XDocument
        .Load(Path.Combine(Repository.Root, "build", "Package.props")).Descendants("Version").Single();

    /// <summary>A reference to the libtorch package of this build.</summary>
    public static string LibtorchReference
    {
        get
        {
            var (package, versions) = (Metadata["LibtorchPackage"], XDocument
                .Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion"));
            Assert.SkipWhen(package.Length == 0, "This build has no libtorch package: it uses an installed libtorch.");
            var version = (string)versions.Single(entry => (string?)entry.Attribute("Include") == package).Attribute("Version")!;
            return $"""<PackageReference Include="{package}" Version="{version}" />""";
        }
    }

    /// <summary>Path of a file or folder below the package source.</summary>
    public string this[string name] => _folder / name;

    /// <summary>Runs <c>dotnet</c> in the folder.</summary>
    public Run RunDotnet(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        start.Environment["NuGetAudit"] = "false";
        start.Environment["CreateHardLinksForCopyLocalIfPossible"] = "true";
        // On tensors as small as those of tests, several threads are slower than one.
        start.Environment["OMP_NUM_THREADS"] = "1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"Still running after {Limit}: dotnet {string.Join(' ', arguments)}");
        }
        return new(process.ExitCode, output.Result + error.Result);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>What a process returned and wrote.</summary>
    public sealed record Run(int Code, string Output)
    {
        /// <summary>Fails the test if the process failed.</summary>
        public string Succeeded()
        {
            Code.Should().Be(0, "{0}", Output);
            return Output;
        }
    }
}

/// <summary>Collection of the tests that share the packed packages.</summary>
[CollectionDefinition(nameof(UsesPackedPackages))]
public sealed class UsesPackedPackages : ICollectionFixture<PackedPackages>;
