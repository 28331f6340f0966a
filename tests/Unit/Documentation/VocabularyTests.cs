using FluentAssertions;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>Pages, comments and messages use the words of the field: docs/glossary.md and CONTRIBUTING.md.</summary>
public sealed class VocabularyTests
{
    /// <summary>Pages that the program prints: their words are those of the code.</summary>
    private static readonly string[] Generated = ["SPEC.md", "detection.md", "judge.md", "mutations.md", "plan-reference.md"];

    /// <summary>Scopes with the occurrences that are names of others. Never raise a number.</summary>
    public static TheoryData<string, int> Scopes() => new()
    {
        { "docs", 0 },
        { "CONTRIBUTING.md", 0 },
        { "configs", 0 },
        { "README.md", 0 },
        { "src/Cli", 3 },               // grey is the name of a color in Spectre.Console
        { "src/Data", 0 },
        { "src/Evaluation", 0 },
        { "src/Files", 0 },
        { "src/Inference", 0 },
        { "src/Kernels", 0 },
        { "src/Model", 0 },
        { "src/Monitoring", 0 },
        { "src/Plans", 0 },
        { "src/Runs", 0 },
        { "src/Server", 0 },
        { "src/Extensions", 0 },
        { "src/Synthesis", 1 },         // "cancelled" is a status of OpenAI's service
        { "src/Tokenization", 0 },
        { "src/Training", 0 },
        { "spec", 2 },                  // the Turkish word for meter
        { "tools", 0 },
        { "bench", 0 },
        { "samples", 0 },
        { "templates", 0 },
    };

    [Theory, MemberData(nameof(Scopes))]
    public void Uses_the_words_of_the_field(string scope, int allowed)
    {
        var texts = Read(scope).ToArray();
        texts.Should().NotBeEmpty();
        var found = (from text in texts
                     from word in WordList.All
                     from match in word.FindIn(text.Text)
                     select $"{text.Place}: \"{match}\". Write: {word.Replacement}.").ToArray();
        found.Length.Should().BeLessThanOrEqualTo(allowed, "{0}", string.Join('\n', found.Take(40)));
    }

    [Fact]
    public void Every_project_of_src_is_a_scope() =>
        Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName)
            .Should().BeSubsetOf(Scopes().Select(scope => Path.GetFileName(scope.Data.Item1)));

    [Theory]
    [InlineData("Resumes and goes on.", "goes on")]
    [InlineData("It is told what happened.", "told")]
    [InlineData("Initialisation of weights", "-ise")]
    [InlineData("A model whose loss fell", "whose")]
    public void Finds(string text, string name) =>
        FindNames(text).Should().Equal(name);

    [Theory]
    [InlineData("a promise, a precise exercise, noise and rise")]
    [InlineData("Training resumes. Two analyses were made, one of each license.")]
    public void Accepts(string text) => FindNames(text).Should().BeEmpty();

    [Fact]
    public void Reads_comments_and_literals_of_code_and_nothing_else()
    {
        const string source = """"
            /// <summary>One of <see cref="Anew"/>.</summary>
            // two
            var a = "three \"quoted\""; var b = 'x'; var c = '"'; /* four */
            var d = $"five {Format("six", value: new { A = 1 })} {{seven}}";
            var e = @"eight ""nine""";
            var f = """ten "eleven" """; var g = $$"""{twelve} {{thirteen("fourteen")}}""";
            """";
        DocumentedText.ReadCSharp(source).Select(Format).Should().BeEquivalentTo(
            "1:One of", "2:two", "3:three quoted", "4:six", "4:five … seven", "5:eight nine", "6:ten eleven", "6:fourteen", "6:twelve …");
    }

    [Fact]
    public void Reads_pages_without_their_code() =>
        DocumentedText.ReadMarkdown("one `two` [three](four.md)\n```\nfive\n```\nsix").Select(Format)
            .Should().Equal("1:one three", "5:six");

    internal static IEnumerable<(string Place, string Text)> Read(string scope)
    {
        var path = Path.Combine(Repository.Root, scope);
        var files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*", SearchOption.AllDirectories);
        foreach (var file in files.Order(StringComparer.Ordinal).Where(file => !Generated.Contains(Path.GetFileName(file))))
        {
            var text = File.ReadAllText(file);
            var lines = Path.GetExtension(file) switch
            {
                ".md" => DocumentedText.ReadMarkdown(text),
                ".yaml" => DocumentedText.ReadYaml(text),
                ".cs" => DocumentedText.ReadCSharp(text),
                _ => [],
            };
            foreach (var (line, words) in lines) yield return ($"{Path.GetRelativePath(Repository.Root, file)}:{line}", words);
        }
    }

    private static IEnumerable<string> FindNames(string text) =>
        WordList.All.Where(word => word.FindIn(text).Any()).Select(word => word.Name);

    private static string Format((int Line, string Text) found)
    {
        var words = found.Text.Split([' ', '.', '{', '}', '"', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        return $"{found.Line}:{string.Join(' ', words)}";
    }
}
