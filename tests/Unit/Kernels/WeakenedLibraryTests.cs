using System.Diagnostics;
using System.Reflection;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// Checks the build's copy of libLibTorchSharp.so, which Debian 12 and Ubuntu 22.04 can load: docs/libtorch.md.
/// </summary>
public sealed class WeakenedLibraryTests
{
    private const string Symbol = "_ZSt21ios_base_library_initv", Version = "GLIBCXX_3.4.32", Name = "libLibTorchSharp.so";
    private const int GlobalFunction = 1 << 4 | 2, WeakFunction = 2 << 4 | 2, WeakVersion = 2;

    [Fact]
    public void Symbol_and_version_are_marked_weak()
    {
        var (package, built) = Libraries();
        var (before, after) = (new LinuxLibrary(package), new LinuxLibrary(built));
        (package[before.InfoOfSymbol(Symbol)], built[after.InfoOfSymbol(Symbol)]).Should().Be((GlobalFunction, WeakFunction));
        (package[before.FlagsOfVersion(Version)], built[after.FlagsOfVersion(Version)]).Should().Be((0, WeakVersion));
    }

    [Fact]
    public void Nothing_else_differs_from_the_file_of_the_package()
    {
        var (package, built) = Libraries();
        var library = new LinuxLibrary(package);
        built.Should().HaveCount(package.Length);
        Enumerable.Range(0, package.Length).Where(i => package[i] != built[i])
            .Should().BeEquivalentTo([library.InfoOfSymbol(Symbol), library.FlagsOfVersion(Version)]);
    }

    [Theory]
    [InlineData("<html>not found</html>", "Not a 64-bit little-endian ELF file.")]
    [InlineData("\u007fELF\u0002\u0001 and nothing that follows the first bytes of a header is as it should be: sections", "")]
    public void A_file_that_is_no_library_is_refused(string text, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux needs the copy.");
        using var folder = new TemporaryFolder();
        var (library, output, project) = (folder / Name, folder / "out.so", folder / "weaken.proj");
        File.WriteAllText(library, text);
        File.WriteAllText(project, $"""
            <Project>
              <Import Project="{Path.Combine(Repository.Root, "build", "Libtorch.targets")}" />
              <Target Name="Weaken">
                <WeakenMissingSymbol Library="{library}" Symbol="{Symbol}" Version="{Version}" Output="{output}" />
              </Target>
            </Project>
            """);
        var (code, said) = Build(project, "Weaken");
        code.Should().NotBe(0);
        said.Should().Contain($"error : {library} cannot be read as a Linux library: {reason}")
            .And.Contain("Delete its package's folder").And.NotContain("   at ");
        File.Exists(output).Should().BeFalse();
    }

    [Fact]
    public void A_program_outside_the_repository_that_imports_the_targets_takes_the_copies()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux needs the copy.");
        using var folder = new TemporaryFolder();
        var project = folder / "program.proj";
        var metadata = $"""NuGetPackageId="TorchSharp" NuGetPackageVersion="{Path.GetFileName(Package)}" """;
        File.WriteAllText(project, $"""
            <Project>
              <Import Project="{Path.Combine(Repository.Root, "build", "TurkishLlm.targets")}" />
              <ItemGroup>
                <RuntimeTargetsCopyLocalItems Include="{Path.Combine(Package, BelowPackage)}" AssetType="native" {metadata}/>
                <RuntimeCopyLocalItems Include="{Path.Combine(Package, "lib", "net8.0", "TorchSharp.dll")}" {metadata}/>
              </ItemGroup>
              <Target Name="ResolvePackageAssets" />
              <Target Name="Show" DependsOnTargets="ResolvePackageAssets">
                <Message Importance="high" Text="copied: %(RuntimeTargetsCopyLocalItems.FullPath)" />
                <Message Importance="high" Text="copied: %(RuntimeCopyLocalItems.FullPath)" />
              </Target>
            </Project>
            """);
        var (code, said) = Build(project, "Show");
        code.Should().Be(0, said);
        var copies = Path.Combine(Repository.Root, "artifacts", "obj", "torchsharp", Path.GetFileName(Package));
        said.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("copied: ", StringComparison.Ordinal))
            .Should().BeEquivalentTo(
                $"copied: {Path.Combine(copies, Name)}", $"copied: {Path.Combine(copies, "TorchSharp.dll")}");
    }

    private static string BelowPackage => Path.Combine("runtimes", "linux-x64", "native", Name);

    private static string Package => typeof(WeakenedLibraryTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(data => data.Key == "TorchSharpPackage").Value!;

    private static (byte[] Package, byte[] Built) Libraries()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux needs the copy.");
        return (
            File.ReadAllBytes(Path.Combine(Package, BelowPackage)),
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, BelowPackage)));
    }

    private static (int Code, string Said) Build(string project, string target)
    {
        string[] words = ["msbuild", project, $"-t:{target}", "-nologo", "-nodeReuse:false"];
        var start = new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDTERMINALLOGGER"] = "off";
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said);
    }
}
