using FluentAssertions;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.LlamaCpp;

/// <summary>llama.cpp reads texts to the same ids, and continues them in float32 with the same text.</summary>
[Collection(nameof(NonParallel))]
public sealed class TextTests
{
    // Texts on which the split rules agree: no run of punctuation.
    private static readonly string[] Prompts =
    [
        "Türkiye'nin başkenti", "Ankara’dan gelen tren", "Bir varmış bir yokmuş,", "Stok kartı", "İstanbul'un en eski",
        "Işık ılık", "Kablo", "Fire oranı nedir?", "Merhaba dünya", "Çocuklar bahçede",
        "Öğretmenimizin söylediği", "ŞÜKRÜ'nün AĞABEYİ",
    ];

    [Theory]
    [InlineData("toy")]
    [InlineData("v1")]
    public void Greedy_text_is_identical_in_float32(string name)
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = name == "toy" ? ExportedModels.Toy : ExportedModels.ScaledV1;
        using var theirs = LlamaModel.Load(exported.Export(GgufTensorType.F32), length: 128);
        using var model = new LanguageModel(exported.Weights);
        var options = SamplingOptions.Greedy(24) with { StopIds = SpecialTokens.DocumentBorders };
        foreach (var prompt in Prompts)
        {
            int[] ids = [SpecialTokens.BeginOfText, .. exported.Tokenizer.EncodeToIds(prompt)];
            theirs.Tokenize(prompt, begin: true).Should().Equal(ids, prompt);
            var expected = new TextGenerator(model).Generate(ids, options, TestContext.Current.CancellationToken).ToArray();
            theirs.Generate(ids, 24, SpecialTokens.DocumentBorders.Contains).Should().Equal(expected, prompt);
        }
    }

    [Fact]
    public void Ids_are_equal_but_for_some_punctuation()
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = ExportedModels.Toy;
        using var theirs = LlamaModel.Load(exported.Export(GgufTensorType.Q8_0), length: 32);
        var words = Directory.EnumerateFiles(Path.Combine(ReferenceRun.Fixtures, "text"), "*.txt")
            .SelectMany(File.ReadLines).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()
            .ToArray();
        words.Should().HaveCountGreaterThan(1000);
        var different = words
            .Where(word => !theirs.Tokenize(" " + word).SequenceEqual(exported.Tokenizer.EncodeToIds(" " + word)))
            .ToArray();
        different.Where(word => word.All(c => char.IsLetterOrDigit(c) || c is '\'' or '’' or '-')).Should().BeEmpty();
        different.Length.Should().BeInRange(1, words.Length / 50, "the rule is near, and not the same");
    }

    [Fact]
    public void The_name_of_a_control_token_in_a_text_is_text_unless_asked_for()
    {
        LlamaBackend.SkipUnlessAvailable();
        var exported = ExportedModels.Toy;
        using var theirs = LlamaModel.Load(exported.Export(GgufTensorType.F32), length: 32);
        theirs.Tokenize("<|eot_id|>").Should().Equal(exported.Tokenizer.EncodeToIds("<|eot_id|>"));
        foreach (var (id, name) in SpecialTokens.Names.Index()) theirs.Tokenize(name, special: true).Should().Equal(id);
        Enumerable.Range(0, 2048).Where(theirs.IsEnd).Should().Equal(SpecialTokens.EndOfText, SpecialTokens.EndOfTurn);
    }
}
