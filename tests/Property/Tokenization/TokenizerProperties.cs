using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Tokenization;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Property.Tokenization;

[Properties(Arbitrary = [typeof(AnyString)], MaxTest = 1000, QuietOnSuccess = true)]
public sealed class TokenizerProperties
{
    private static readonly Tokenizer Turkish =
        BytePairTrainer.Train([TurkishSamples.Page, TurkishSamples.Suffixed, TurkishSamples.Letters, "aaaaaaaa aaaa"], 400);

    private static readonly Tokenizer[] ByRule =
    [
        .. SplitRule.All.Select(rule => BytePairTrainer.Train([TurkishSamples.Page, TurkishSamples.Suffixed], 400, split: rule)),
    ];

    [Property(Arbitrary = [typeof(UnicodeText)])]
    public bool Text_comes_back_as_it_went_in(string text) =>
        Same(text, Turkish.Decode(Turkish.EncodeToIds(text)));

    [Property]
    public bool A_string_comes_back_as_UTF_8_keeps_it(string text) =>
        Same(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)), Turkish.Decode(Turkish.EncodeToIds(text)));

    [Property]
    public bool The_encoder_is_the_naive_one(string text) =>
        Turkish.EncodeToIds(text).SequenceEqual(BytePairEncoderOracle.Of(Turkish).Encode(text))
        && Turkish.CountTokens(text) == Turkish.EncodeToIds(text).Count;

    [Property]
    public FsCheck.Property One_long_piece_is_encoded_as_the_naive_encoder_does()
    {
        var ranks = BytePairOracle.RanksOf(Turkish.Merges);
        var pieces = from letters in Gen.Elements("aaaaarlenıişe".ToCharArray()).ArrayOf()
                     select new string(letters) + "larından" + new string(letters.Reverse().ToArray());
        return Prop.ForAll(pieces.ToArbitrary(), piece =>
            Turkish.EncodeToIds(piece).SequenceEqual(BytePairOracle.EncodePreToken(piece, ranks)));
    }

    [Property]
    public bool The_scanner_is_the_expression(string text) =>
        SplitRule.All.All(rule => Pieces(text, rule).SequenceEqual(BytePairSplitOracle.Split(text, rule)));

    [Property(Arbitrary = [typeof(RuleText)])]
    public bool The_scanner_is_the_expression_where_rules_differ(string text) => The_scanner_is_the_expression(text);

    [Property]
    public bool Pieces_joined_are_the_text(string text) =>
        SplitRule.All.All(rule =>
            Same(text, string.Concat(Pieces(text, rule))) && Pieces(text, rule).All(piece => piece.Length > 0));

    [Property(Arbitrary = [typeof(RuleText)])]
    public bool The_encoder_of_every_rule_is_the_naive_one(string text) =>
        ByRule.All(tokenizer => tokenizer.EncodeToIds(text).SequenceEqual(BytePairEncoderOracle.Of(tokenizer).Encode(text)));

    [Property]
    public bool No_text_makes_a_special_id(string text) =>
        Turkish.EncodeToIds(text).All(id => id >= SpecialTokens.Count && id < Turkish.VocabularySize);

    [Property]
    public FsCheck.Property Streamed_text_is_the_text_decoded_at_once()
    {
        var anyIds = Gen.Choose(0, Turkish.VocabularySize - 1).ArrayOf();
        var idsOfText = from text in AnyString.Strings.Generator select Turkish.EncodeToIds(text).ToArray();
        return Prop.ForAll(Gen.OneOf(anyIds, idsOfText).ToArbitrary(), ids =>
        {
            var decoder = new StreamingDecoder(Turkish);
            return Same(Turkish.Decode(ids), string.Concat(ids.Select(decoder.Push)) + decoder.Flush());
        });
    }

    [Property(Arbitrary = [typeof(UnicodeText)])]
    public bool Streamed_parts_are_whole_characters(string text)
    {
        var decoder = new StreamingDecoder(Turkish);
        var parts = Turkish.EncodeToIds(text).Select(decoder.Push).ToList();
        return parts.All(part => part.Length == 0 || (!char.IsLowSurrogate(part[0]) && !char.IsHighSurrogate(part[^1])));
    }

    [Property]
    public bool Tokens_cover_the_text_in_order(string text)
    {
        var tokens = Turkish.EncodeToTokens(text);
        var end = 0;
        foreach (var token in tokens)
        {
            if (token.Start > end || token.Start + token.Length < end || token.Length == 0) return false;
            end = token.Start + token.Length;
        }
        return end == text.Length && tokens.Select(token => token.Id).SequenceEqual(Turkish.EncodeToIds(text));
    }

    [Property]
    public bool A_batch_is_its_texts_one_by_one(string[] texts) =>
        Turkish.EncodeBatch(texts).Zip(texts, (ids, text) => ids.SequenceEqual(Turkish.EncodeToIds(text))).All(same => same);

    [Property]
    public bool A_cut_from_the_beginning_is_where_the_tokens_say(string text, byte most)
    {
        var (tokens, limit) = (Turkish.EncodeToTokens(text), most % 26);
        var cuts = Cuts(text, tokens).Where(cut => cut.Before <= limit).ToList();
        var index = Turkish.GetIndexByTokenCount(text, limit, out var count);
        var ids = Turkish.EncodeToIds(text, limit, out var consumed);
        return (count, index) == cuts[^1] && consumed == index && ids.SequenceEqual(tokens.Take(count).Select(token => token.Id));
    }

    [Property]
    public bool A_cut_from_the_end_is_where_the_tokens_say(string text, byte most)
    {
        var (tokens, limit) = (Turkish.EncodeToTokens(text), most % 26);
        var (before, at) = Cuts(text, tokens).First(cut => tokens.Count - cut.Before <= limit);
        return Turkish.GetIndexByTokenCountFromEnd(text, limit, out var count) == at && count == tokens.Count - before;
    }

    [Property(MaxTest = 300)]
    public FsCheck.Property The_trainer_is_the_naive_one()
    {
        var words = from letters in Gen.Elements("aabcı".ToCharArray()).ArrayOf() select new string(letters);
        var counted = from word in words from count in Gen.Choose(1, 4) select (word, count);
        var corpora = from pairs in counted.ArrayOf()
                      select pairs.GroupBy(p => p.word).ToDictionary(g => g.Key, g => (long)g.Sum(p => p.count));
        return Prop.ForAll(corpora.ToArbitrary(), counts =>
        {
            var expected = BytePairOracle.Train(counts, 12);
            return BytePairTrainer.Train(counts, VocabularyLayout.FirstMerge + expected.Count).Merges.SequenceEqual(expected);
        });
    }

    // A fact, because properties cannot be skipped.
    [Fact]
    public void Composing_is_what_the_platform_does()
    {
        Assert.SkipUnless(string.Equals("u\u0308".Normalize(), "ü", StringComparison.Ordinal),
            "This process has InvariantGlobalization, so the platform does not normalise.");
        var marks =
            ("\u0301\u0308\u0327\u0307\u0323\u0302\u0306\u0316\u0338\u3099\u05B0\u093C\u1100\u1161\u11A8"
                + "aesgcIiıuqŞÜậ가각\u212B").ToCharArray();
        var texts = from c in Gen.Elements(marks).ArrayOf() select new string(c);
        Prop.ForAll(texts.ToArbitrary(), text => Same(text.Normalize(), TextNormalizer.ToNfc(text)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true));
    }

    [Property]
    public bool Composing_twice_is_composing_once(string text) =>
        Same(TextNormalizer.ToNfc(text), TextNormalizer.ToNfc(TextNormalizer.ToNfc(text)));

    // The positions where a text may be cut: the tokens before a cut end there, and no token covers both sides.
    private static IEnumerable<(int Before, int At)> Cuts(string text, IReadOnlyList<EncodedToken> tokens) =>
        Enumerable.Range(0, tokens.Count + 1).Select(i => (i, i == tokens.Count ? text.Length : tokens[i].Start))
            .Where(cut => cut.i == 0 || tokens[cut.i - 1].Start + tokens[cut.i - 1].Length == cut.Item2);

    private static bool Same(string expected, string actual) => string.Equals(expected, actual, StringComparison.Ordinal);

    private static List<string> Pieces(string text, SplitRule rule)
    {
        var pieces = new List<string>();
        foreach (var piece in rule.Split(text)) pieces.Add(piece.ToString());
        return pieces;
    }
}
