using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Golden;

/// <summary>Our ids are those of another program that reads our tokenizer.json: fixtures/tokenizer/golden-ids.json.</summary>
public sealed class GoldenIdTests
{
    private static readonly string Fixtures = Path.GetDirectoryName(RecordedReference.Folder)!;
    private static readonly Tokenizer Tokenizer = Tokenizer.Load(Path.Combine(Fixtures, "tokenizer"));
    private static readonly List<Entry> Recorded = Read<Entry>("tokenizer", "golden-ids.json");

    [Fact]
    public void Every_text_has_the_ids_that_were_recorded()
    {
        foreach (var (source, text, ids) in Recorded) Tokenizer.EncodeToIds(text).Should().Equal(ids, source);
    }

    [Fact]
    public void Every_recorded_text_is_that_of_its_source()
    {
        var texts = Read<EdgeString>("edge-strings.json")
            .Select(edge => ($"edge-strings.json: {edge.Name}", edge.Text))
            .ToDictionary();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Fixtures, "text"), "*.txt"))
            foreach (var (line, i) in File.ReadAllText(file).Split('\n').Select((line, i) => (line, i)))
                if (line.Length > 0 && i % 7 == 0) texts.Add($"text/{Path.GetFileName(file)}:{i + 1}", line);

        Recorded.ToDictionary(entry => entry.Source, entry => entry.Text).Should().Equal(texts);
    }

    [Fact]
    public void The_comparison_notices_another_split()
    {
        var wrong = Recorded.Count(entry =>
            !entry.Text.Split('\'', '’').SelectMany(part => Tokenizer.EncodeToIds(part)).SequenceEqual(entry.Ids));
        wrong.Should().BeGreaterThan(10);
    }

    private static List<T> Read<T>(params string[] path) =>
        JsonSerializer.Deserialize<List<T>>(File.ReadAllBytes(Path.Combine([Fixtures, .. path])), JsonSerializerOptions.Web)!;

    private sealed record Entry(string Source, string Text, int[] Ids);

    private sealed record EdgeString(string Name, string Text);
}
