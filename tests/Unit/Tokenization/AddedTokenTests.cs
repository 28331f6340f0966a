using FluentAssertions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Tokenization;

/// <summary>Special tokens added after the merges.</summary>
public sealed class AddedTokenTests : IDisposable
{
    private static readonly Tokenizer Grown = SmallTokenizer.ByHand.WithAddedTokens("<|plan|>", "<|plan_end|>");
    private readonly string _folder = Directory.CreateTempSubdirectory("turkishllm-added-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Follow_the_merges_and_change_no_old_id()
    {
        Grown.VocabularySize.Should().Be(SmallTokenizer.ByHand.VocabularySize + 2);
        Grown.EncodeToIds("cab aa ş").Should().Equal(SmallTokenizer.ByHand.EncodeToIds("cab aa ş"));
        Grown.Decode([273, 275, 276]).Should().Be("cab<|plan|><|plan_end|>");
    }

    [Fact]
    public void No_text_encodes_to_one() =>
        Grown.EncodeToIds("<|plan|>").Should().OnlyContain(id => id >= SpecialTokens.Count && id < 275);

    [Fact]
    public void Survive_the_file()
    {
        Grown.Save(_folder);
        var read = Tokenizer.Load(_folder);
        (read.Hash, read.VocabularySize).Should().Be((Grown.Hash, Grown.VocabularySize));
        read.AddedTokens.Should().Equal("<|plan|>", "<|plan_end|>");
    }

    [Fact]
    public void Record_the_tokenizer_they_extend()
    {
        Grown.IsExtensionOf(SmallTokenizer.ByHand.Hash).Should().BeTrue();
        Grown.IsExtensionOf(SmallTokenizer.ByHand.WithAddedTokens("<|plan|>").Hash).Should().BeTrue();
        Grown.IsExtensionOf(Grown.Hash).Should().BeTrue();
        Grown.IsExtensionOf(SmallTokenizer.ByHand.WithAddedTokens("<|plan_end|>").Hash).Should().BeFalse();
        SmallTokenizer.ByHand.IsExtensionOf(Grown.Hash).Should().BeFalse();
    }

    [Theory]
    [InlineData(
        "plan",
        "\"plan\" is not the name of a special token. Use the form <|plan|>, with letters a–z, digits and " + "underscores.*")]
    [InlineData("<|plan", "\"<|plan\" is not the name of a special token.*")]
    [InlineData("plan|>", "\"plan|>\" is not the name of a special token.*")]
    [InlineData("<||>", "\"<||>\" is not the name of a special token.*")]
    [InlineData("<|a!|>", "\"<|a!|>\" is not the name of a special token.*")]
    [InlineData(
        "<|ş|>",
        "\"<|ş|>\" is not the name of a special token. Use the form <|plan|>, with letters a–z, digits and " + "underscores.*")]
    [InlineData("<|eot_id|>", "The special token <|eot_id|> exists already.*")]
    [InlineData("<|plan|>", "The special token <|plan|> exists already.*")]
    public void Have_names_of_their_own(string name, string message)
    {
        var act = () => Grown.WithAddedTokens(name);
        act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void May_have_a_name_of_one_letter() =>
        SmallTokenizer.ByHand.WithAddedTokens("<|p|>").AddedTokens.Should().Equal("<|p|>");

    [Fact]
    public void Refuses_a_file_whose_added_tokens_leave_a_gap()
    {
        Grown.Save(_folder);
        var file = Path.Combine(_folder, "tokenizer.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"id\": 276", "\"id\": 277", StringComparison.Ordinal));
        var act = () => Tokenizer.Load(_folder);
        act.Should()
            .Throw<InvalidDataException>()
            .WithMessage("*added token 17 is \"<|plan_end|>\" with id 277; it must be \"<|plan_end|>\" with id 276*");
    }
}
