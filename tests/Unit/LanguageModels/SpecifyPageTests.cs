using System.Reflection;
using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>The decoder of docs/guide/specify.md compiles as it is, and is refused with the lines that are quoted.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class SpecifyPageTests
{
    [Fact]
    public void The_decoder_of_the_page_is_refused_with_the_lines_of_the_page()
    {
        var blocks = ReadBlocks();
        var index = Array.FindIndex(blocks, block => block.Contains("class MyGpt", StringComparison.Ordinal));
        var run = () => Run(blocks[index - 1] + blocks[index]);
        var message = run.Should().Throw<TargetInvocationException>()
            .WithInnerException<RequirementFailedException>().Which.Message.ReplaceLineEndings("\n");
        var quoted = blocks[index + 1].Split('\n').Where(line => line.Trim() is not ("" or "…")).ToArray();
        quoted.Should().HaveCountGreaterThan(3);
        message.Split('\n').Should().ContainInOrder(quoted);
    }

    // The contents of the blocks of code in the section about decoders.
    private static string[] ReadBlocks()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "specify.md")).ReplaceLineEndings("\n");
        var section = page[page.IndexOf("## A decoder", StringComparison.Ordinal)..];
        return [.. BlockPattern().Matches(section).Select(match => match.Groups[1].Value)];
    }

    // Runs top-level statements and types.
    private static void Run(string source)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var compilation = CSharpCompilation.Create(
            "SpecifyPage", [CSharpSyntaxTree.ParseText(source)],
            references.Select(file => MetadataReference.CreateFromFile(file)), new(OutputKind.ConsoleApplication));
        using var image = new MemoryStream();
        compilation.Emit(image).Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error).Should().BeEmpty();
        Assembly.Load(image.ToArray()).EntryPoint!.Invoke(null, [Array.Empty<string>()]);
    }

    [GeneratedRegex(@"^```\w*\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();
}
