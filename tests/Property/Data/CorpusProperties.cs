using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Property.Data;

public sealed class CorpusProperties : IDisposable
{
    private static readonly Tokenizer Tokenizer = BytePairTrainer.Train(
        Enumerable.Range(0, 50).Select(i => $"İğne {i} ile ölçüldü, çuvaldız {i * 3} ile değil; ıslak şişe kırıldı."),
        vocabularySize: 300);

    private readonly string _directory = Directory.CreateTempSubdirectory("turkishllm-data-").FullName;
    private int _runs;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Gen<string> Line =>
        Gen.NonEmptyListOf(Gen.Elements("ev", "İzmir", "ığdır", "şoför", "çay", "😀", "Â", "<|pad|>", "1.234,5"))
        .Select(words => string.Join(' ', words));

    private static Gen<string> Document => Gen.NonEmptyListOf(Line).Select(lines => string.Join('\n', lines));

    [Fact]
    public void Documents_come_back_whatever_separates_them() =>
        Prop.ForAll(Arb.From(
            from documents in Gen.NonEmptyListOf(Document)
            from gap in Gen.Elements("\n\n", "\n \n", "\r\n\r\n", "\n\n\n\t\n\n", "\r\n\u00A0\r\n")
            from end in Gen.Elements("\n", "\r\n")
            from mark in Gen.Elements("", "\uFEFF")
            select (
                documents,
                text: mark + string.Join(gap, documents.Select(text => text.Replace("\n", end, StringComparison.Ordinal))))),
        c =>
        {
            var file = Path.Combine(_directory, $"{_runs++}.txt");
            File.WriteAllBytes(file, Encoding.UTF8.GetBytes(c.text));
            return DocumentReader.Read(file).Select(document => document.Text).SequenceEqual(c.documents);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_damaged_byte_is_found_where_it_is() =>
        Prop.ForAll(Arb.From(
            from text in Document
            from at in Gen.Choose(0, 1000)
            from bad in Gen.Elements<byte>(0xC0, 0xC1, 0xF5, 0xFF)     // bytes that never occur in UTF-8
            select (text, at, bad)), c =>
        {
            var bytes = Encoding.UTF8.GetBytes(c.text);
            var at = c.at % (bytes.Length + 1);
            while (at < bytes.Length && (bytes[at] & 0xC0) == 0x80) at--;
            var file = Path.Combine(_directory, $"{_runs++}.txt");
            File.WriteAllBytes(file, [.. bytes[..at], c.bad, .. bytes[at..]]);
            try
            {
                _ = DocumentReader.Read(file).Count();
                return false;
            }
            catch (InvalidDataException error)
            {
                return error.Message.Contains($"byte 0x{c.bad:X2} at offset {at} ", StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Splits_are_disjoint_not_empty_and_complete() =>
        Prop.ForAll(Arb.From(
            from distinct in Gen.Choose(2, 40)
            from repeats in Gen.ListOf(Gen.Choose(0, distinct - 1))
            from salt in Gen.Choose(0, 1_000_000)
            from share in Gen.Elements(0.5, 0.1, 1e-6)
            select (distinct, repeats, salt, share)), c =>
        {
            var documents = Enumerable
                .Range(0, c.distinct)
                .Select(i => $"Deneme belgesi {c.salt} ve sırası {i} olan metin.")
                .ToArray();
            var data = Prepare([.. documents, .. c.repeats.Select(i => documents[i])], c.share);
            var (train, validation) = (Decoded(data.Train), Decoded(data.Validation));
            var left = data.Manifest.GetExcluded(ExclusionReason.Duplicate).Documents;
            data.Dispose();
            return train.Count > 0 && validation.Count > 0 && left == c.repeats.Count
                && train.Concat(validation).Order(StringComparer.Ordinal).SequenceEqual(documents.Order(StringComparer.Ordinal));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private TokenDataset Prepare(IEnumerable<string> documents, double share)
    {
        var (source, output) = (Path.Combine(_directory, $"{_runs}.txt"), Path.Combine(_directory, $"shards{_runs++}"));
        File.WriteAllText(source, string.Join("\n\n", documents));
        CorpusPreparation.Prepare(Tokenizer, new(source, output, share));
        return TokenDataset.Open(output);
    }

    private static List<string> Decoded(TokenShard shard)
    {
        var ids = new ushort[shard.Count];
        shard.Read(0, ids);
        List<string> documents = [];
        var start = 0;
        for (var i = 0; i < ids.Length; i++)
        {
            if (ids[i] == SpecialTokens.BeginOfText) start = i + 1;
            if (ids[i] == SpecialTokens.EndOfText) documents.Add(Tokenizer.Decode(ids[start..i].Select(id => (int)id)));
        }
        return documents;
    }
}
