using FluentAssertions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;
using static TurkishLlm.Tests.Unit.Tokenization.SmallTokenizer;

namespace TurkishLlm.Tests.Unit.Tokenization;

public sealed class TokenizerTests
{
    [Fact]
    public void Merges_the_earliest_learned_pair_first() =>
        ByHand.EncodeToIds("cabaab").Should().Equal(273, Byte('a'), 272);

    [Fact]
    public void Merges_a_run_from_the_left() =>
        ByHand.EncodeToIds("aaaaa").Should().Equal(274, 274, Byte('a'));

    [Fact]
    public void Lays_out_special_tokens_then_bytes_then_merges()
    {
        ByHand.VocabularySize.Should().Be(275);
        ByHand.Decode([0, 6, 15]).Should().Be("<|begin_of_text|><|eot_id|><|reserved_5|>");
        ByHand.GetBytes(16).ToArray().Should().Equal(0);
        ByHand.GetBytes(271).ToArray().Should().Equal(255);
        ByHand.GetBytes(273).ToArray().Should().Equal("cab"u8.ToArray());
    }

    [Fact]
    public void Never_makes_a_special_id_from_text()
    {
        var ids = Instance.EncodeToIds(string.Concat(SpecialTokens.Names));
        ids.Should().OnlyContain(id => id >= SpecialTokens.Count);
        Instance.Decode(ids).Should().Be(string.Concat(SpecialTokens.Names));
    }

    [Fact]
    public void Replaces_each_lone_surrogate_by_the_replacement_character() =>
        Instance.Decode(Instance.EncodeToIds("a\uD800\uDBFFb\uDC00 \uD83D\uDE00")).Should().Be("a\uFFFD\uFFFDb\uFFFD 😀");

    [Fact]
    public void Decodes_bytes_that_are_no_character_to_the_replacement_character() =>
        Instance.Decode([VocabularyLayout.FirstByte + 0xC4, Byte('x')]).Should().Be("\uFFFDx");

    [Theory]
    [InlineData(-1)]
    [InlineData(275)]
    public void Refuses_ids_outside_of_the_vocabulary(int id) =>
        ByHand
            .Invoking(t => t.Decode([id]))
            .Should()
            .Throw<ArgumentOutOfRangeException>()
            .WithMessage("The id must be in the range 0 … 274 of the vocabulary.*");

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(66)]
    [InlineData(200)]
    [InlineData(5000)]
    public void Encodes_long_pieces_as_the_naive_encoder_does(int length)
    {
        var random = new Random(length);
        // its first token is merged last
        var preToken = "cab" + string.Concat(Enumerable.Range(3, length - 3).Select(_ => "aabcı"[random.Next(5)]));
        foreach (var tokenizer in (Tokenizer[])[ByHand, Instance])
        {
            tokenizer
                .EncodeToIds(preToken)
                .Should()
                .Equal(BytePairOracle.EncodePreToken(preToken, BytePairOracle.RanksOf(tokenizer.Merges)));
            tokenizer.CountTokens(preToken).Should().Be(tokenizer.EncodeToIds(preToken).Count);
        }
    }

    [Fact]
    public void Appends_to_a_list()
    {
        var ids = new List<int> { SpecialTokens.BeginOfText };
        ByHand.EncodeToIds("cab", ids);
        ids.Should().Equal(SpecialTokens.BeginOfText, 273);
    }

    // The runtime may allocate on any thread, for example when it recompiles a method; an encoder that allocates does so every
    // time.
    [Fact]
    public void Allocates_nothing_for_each_token()
    {
        var (tokenizer, ids) = (new Tokenizer(Instance.Merges), new List<int>(TurkishSamples.Page.Length));
        Encode();
        Enumerable.Range(0, 50).Select(_ => Allocated()).Min().Should().Be(0);

        long Allocated()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Encode();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        void Encode()
        {
            ids.Clear();
            tokenizer.EncodeToIds(TurkishSamples.Page, ids);
            tokenizer.CountTokens(TurkishSamples.Suffixed);
        }
    }

    [Fact]
    public void Encodes_a_batch_in_the_order_of_its_texts()
    {
        var texts = Enumerable.Range(0, 500).Select(i => TurkishSamples.Page[(i % 300)..] + i).ToList();
        var batch = Instance.EncodeBatch(texts);
        batch.Should().HaveCount(500);
        foreach (var (text, ids) in texts.Zip(batch)) ids.Should().Equal(Instance.EncodeToIds(text));
    }

    [Fact]
    public void Stops_a_batch_when_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        Instance.Invoking(t => t.EncodeBatch([TurkishSamples.Page], cancel.Token)).Should().Throw<OperationCanceledException>();
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 3, 1)]   // cab
    [InlineData(2, 3, 1)]   // and half of ğ
    [InlineData(3, 4, 3)]
    [InlineData(4, 4, 3)]   // and a quarter of the emoji
    [InlineData(7, 6, 7)]
    [InlineData(9, 7, 8)]
    public void Cuts_after_so_many_tokens_but_not_inside_a_character(int most, int index, int tokens)
    {
        ByHand.GetIndexByTokenCount("cabğ😀x", most, out var count).Should().Be(index);
        count.Should().Be(tokens);
        ByHand.EncodeToIds("cabğ😀x", most, out var consumed).Should().Equal(ByHand.EncodeToIds("cabğ😀x").Take(tokens));
        consumed.Should().Be(index);
    }

    [Theory]
    [InlineData(0, 7, 0)]
    [InlineData(1, 6, 1)]
    [InlineData(4, 6, 1)]   // and three quarters of the emoji
    [InlineData(5, 4, 5)]
    [InlineData(6, 4, 5)]
    [InlineData(7, 3, 7)]
    [InlineData(99, 0, 8)]
    public void Cuts_before_the_last_tokens_but_not_inside_a_character(int most, int index, int tokens)
    {
        ByHand.GetIndexByTokenCountFromEnd("cabğ😀x", most, out var count).Should().Be(index);
        count.Should().Be(tokens);
    }

    [Fact]
    public void Refuses_to_take_fewer_tokens_than_none()
    {
        ByHand.Invoking(t => t.GetIndexByTokenCount("cab", -1, out _)).Should().Throw<ArgumentOutOfRangeException>();
        ByHand.Invoking(t => t.GetIndexByTokenCountFromEnd("cab", -1, out _)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Counts_what_it_encodes() =>
        Instance.CountTokens(TurkishSamples.Page).Should().Be(Instance.EncodeToIds(TurkishSamples.Page).Count);

    [Fact]
    public void Reports_the_character_span_of_a_token()
    {
        var tokenizer = new Tokenizer([(Byte('a'), VocabularyLayout.FirstByte + 0xC4)]);
        tokenizer.EncodeToTokens("ağb😀").Should().Equal(
            new EncodedToken(272, "a<0xC4>", 0, 2),
            new EncodedToken(VocabularyLayout.FirstByte + 0x9F, "<0x9F>", 1, 1),
            new EncodedToken(Byte('b'), "b", 2, 1),
            new EncodedToken(VocabularyLayout.FirstByte + 0xF0, "<0xF0>", 3, 2),
            new EncodedToken(VocabularyLayout.FirstByte + 0x9F, "<0x9F>", 3, 2),
            new EncodedToken(VocabularyLayout.FirstByte + 0x98, "<0x98>", 3, 2),
            new EncodedToken(VocabularyLayout.FirstByte + 0x80, "<0x80>", 3, 2));
    }

    [Fact]
    public void A_token_may_begin_inside_one_character_and_end_with_the_next()
    {
        var tokenizer = new Tokenizer([(VocabularyLayout.FirstByte + 0x80, Byte('!')), (VocabularyLayout.FirstByte + 0x98, 272)]);
        tokenizer.EncodeToTokens("😀!?").Select(token => (token.Id, token.Start, token.Length)).Should().Equal(
            (VocabularyLayout.FirstByte + 0xF0, 0, 2), (VocabularyLayout.FirstByte + 0x9F, 0, 2), (273, 0, 3), (Byte('?'), 3, 1));
    }

    [Fact]
    public void Gives_the_same_ids_to_many_threads()
    {
        var texts = Enumerable.Range(0, 400).Select(i => TurkishSamples.Page[i..] + i).ToList();
        var expected = texts.Select(text => BytePairEncoderOracle.Of(Instance).Encode(text[..200]).ToList()).ToList();
        var fresh = new Tokenizer(Instance.Merges);
        Parallel.For(0, texts.Count * 4, i =>
            fresh.EncodeToIds(texts[i % texts.Count][..200]).Should().Equal(expected[i % texts.Count]));
    }

    [Fact]
    public void Refuses_more_ids_than_16_bits_hold() =>
        FluentActions
            .Invoking(() => new Tokenizer([.. Enumerable.Repeat((Byte('a'), Byte('b')), 65_265)]))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("The vocabulary would have 65537 ids; ids are stored in 16 bits, so the maximum is 65536.*");

    [Fact]
    public void Refuses_merges_of_tokens_that_are_not_made_yet() =>
        FluentActions.Invoking(() => new Tokenizer([(Byte('a'), 272)])).Should().Throw<ArgumentException>()
            .WithMessage("Merge 0 joins 113 and 272; it may join ids 16 … 271.*");

    [Fact]
    public void Refuses_merges_of_special_tokens() =>
        FluentActions.Invoking(() => new Tokenizer([(SpecialTokens.EndOfText, Byte('a'))])).Should().Throw<ArgumentException>()
            .WithMessage("Merge 0 joins 1 and 113; it may join ids 16 … 271.*");

    [Fact]
    public void Refuses_two_merges_for_one_token() =>
        FluentActions
            .Invoking(() => new Tokenizer([(Byte('a'), Byte('b')), (Byte('b'), Byte('c')), (272, Byte('c')), (Byte('a'), 273)]))
            .Should()
            .Throw<ArgumentException>()
            .WithMessage("Merge 3 joins 113 and 273 to a token that an earlier merge produces.*");
}
