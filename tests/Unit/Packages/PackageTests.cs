using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;
using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>What is in the packages, and a console project that knows nothing else of this repository.</summary>
[Collection(nameof(UsesPackedPackages))]
public sealed class PackageTests(PackedPackages packages)
{
    [Theory]
    [InlineData("TurkishLlm.Specification", "TorchSharp")]
    [InlineData("TurkishLlm.Specification.LanguageModels", "System.Numerics.Tensors TorchSharp TurkishLlm.Specification")]
    [InlineData(
        "TurkishLlm.Specification.Xunit",
        "FSharp.Core FsCheck System.Numerics.Tensors TorchSharp TurkishLlm.Specification.LanguageModels xunit.v3.assert "
            + "xunit.v3.extensibility.core")]
    public void A_package_has_readme_license_documentation_and_symbols_and_leaves_libtorch_to_the_user(
        string id, string dependencies)
    {
        using var package = ZipFile.OpenRead(Path.Combine(packages.Feed, $"{id}.{PackedPackages.Version}.nupkg"));
        package.Entries.Select(entry => entry.FullName).Should()
            .Contain([$"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml", "README.md"]);
        using var symbols = ZipFile.OpenRead(Path.Combine(packages.Feed, $"{id}.{PackedPackages.Version}.snupkg"));
        symbols.Entries.Select(entry => entry.FullName).Should().Contain($"lib/net10.0/{id}.pdb");

        using var stream = package.GetEntry($"{id}.nuspec")!.Open();
        var nuspec = XDocument.Load(stream).Descendants().ToLookup(element => element.Name.LocalName);
        nuspec["dependency"].Select(dependency => (string)dependency.Attribute("id")!)
            .Should().BeEquivalentTo(dependencies.Split(' '));
        (nuspec["license"].Single().Value, nuspec["readme"].Single().Value).Should().Be(("MIT", "README.md"));
        nuspec["tags"].Single().Value.Should().Contain("torchsharp");
    }

    [Theory]
    [InlineData("none", ""), InlineData("portable", "true")]
    public void Sources_are_embedded_in_symbols_only(string debugType, string embedded) =>
        packages.RunDotnet(
                "msbuild", Path.Combine(Repository.Root, "spec/Kernel/Kernel.csproj"), "-getProperty:EmbedAllSources",
                $"-p:DebugType={debugType}")
            .Succeeded().Trim().Should().Be(embedded, "the compiler refuses to embed sources without symbols");

    [Fact]
    public void No_file_of_a_package_has_a_path_of_this_machine()
    {
        Assert.SkipWhen(PackedPackages.Configuration == "Debug", "Debug builds keep the paths, for breakpoints.");
        foreach (var file in Directory.EnumerateFiles(packages.Feed))
        {
            using var package = ZipFile.OpenRead(file);
            foreach (var entry in package.Entries)
            {
                var bytes = Read(entry);
                Encoding.Latin1.GetString(bytes).Should().NotContain(Repository.Root, "{0} of {1}", entry.FullName, file);
                if (entry.Name.EndsWith(".pdb", StringComparison.Ordinal))
                    ReadDocuments(bytes).Should().NotBeEmpty()
                        .And.NotContain(name => name.StartsWith(Repository.Root, StringComparison.Ordinal), "{0}", file);
            }
        }
    }

    [Fact]
    public void A_console_project_judges_a_function_a_decoder_and_a_loop_as_the_page_says()
    {
        var decoder = SpecifyPage.Blocks("A decoder").Single(block => block.Contains("Judge.Decoder", StringComparison.Ordinal));
        var model = SpecifyPage.Blocks("A decoder").Single(block => block.Contains("class MyGpt", StringComparison.Ordinal));
        var (adapter, loop) = (SpecifyPage.Blocks("A training loop")[0], SpecifyPage.Blocks("A training loop")[1]);
        var attention = SpecifyPage.Blocks("A function").Single(
            block => block.Contains("Tensor Attention", StringComparison.Ordinal));
        string[] statements = [SpecifyPage.Blocks("A requirement")[0], attention, decoder, loop];
        Write("console/Console.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="TurkishLlm.Specification.LanguageModels" Version="{PackedPackages.Version}" />
                {PackedPackages.LibtorchReference}
              </ItemGroup>
            </Project>
            """);
        Write("console/MyGpt.cs", ConsumerSources.Usings + model);
        Write("console/MyLoop.cs", ConsumerSources.Usings + adapter);
        Write("console/MyTrainer.cs", ConsumerSources.Usings + ConsumerSources.MyTrainer);
        Write("console/Program.cs", ConsumerSources.ProgramOf(statements));
        Write("console/Calls.cs", ConsumerSources.CallsOf(SpecifyPage.Blocks("A function")[0]));

        packages.RunDotnet("build", packages["console"], "-c", "Release", "-v", "q", "-o", packages["console-out"],
            "-nodeReuse:false").Succeeded();
        var output = packages.RunDotnet(Path.Combine(packages["console-out"], "Console.dll")).Succeeded()
            .ReplaceLineEndings("\n");

        output.Should().Contain(SpecifyPage.Blocks("A requirement", "")[0], "the page prints what the first program does");
        foreach (var section in new[] { "A function", "A decoder" })
            foreach (var line in SpecifyPage.Blocks(section, "")[0].Split('\n').Where(line => line.Trim() is not ("…" or "")))
                output.Should().Contain(line + "\n");
        output.TrimEnd().Should().EndWith("holds", "the loop has no bug");
        CountLines(attention).Should().BeLessThanOrEqualTo(10);
        CountLines(decoder).Should().BeLessThanOrEqualTo(10);
        CountLines(adapter + loop).Should().BeLessThanOrEqualTo(30);
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    // Names of source files, which a portable PDB stores in parts.
    private static string[] ReadDocuments(byte[] pdb)
    {
        using var symbols = MetadataReaderProvider.FromPortablePdbImage([.. pdb]);
        var reader = symbols.GetMetadataReader();
        return [.. reader.Documents.Select(document => reader.GetString(reader.GetDocument(document).Name))];
    }

    private static int CountLines(string block) =>
        block.Split('\n').Count(line => line.Trim().Length > 0);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(packages[name])!);
        File.WriteAllText(packages[name], text);
    }
}
