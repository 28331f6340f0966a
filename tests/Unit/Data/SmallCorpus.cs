using TurkishLlm.Data.Batches;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Data;

/// <summary>Distinct Turkish documents, a tokenizer for them, and decoding of their shards.</summary>
internal static class SmallCorpus
{
    private static readonly string[] Subjects = ["Kablo", "Işık", "Şoför", "Çiçek", "Öğrenci", "Ağaç", "Ilgaz", "İzmir"];
    private static readonly string[] Endings =
    [
        "fabrikada ölçüldü.", "yağmurda ıslandı.", "güneşte kurudu.", "çarşıya gönderildi.",
    ];

    public static Tokenizer Tokenizer { get; } = BytePairTrainer.Train(Documents(0, 60), vocabularySize: 300);

    public static Tokenizer OtherTokenizer { get; } = BytePairTrainer.Train(Documents(500, 60), vocabularySize: 290);

    public static IReadOnlyList<string> Documents(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i =>
            $"{Subjects[i % 8]} numara {i} dün {Endings[i / 8 % 4]}\nSonra {Subjects[(i + 3) % 8]} için "
            + $"{i * 7 + 1} kez sayıldı."),
];

    public static string Text(IEnumerable<string> documents) => string.Join("\n\n", documents) + "\n";

    /// <summary>Decodes the documents of a split, in the order of their tokens.</summary>
    public static IReadOnlyList<string> Decoded(TokenShard shard, Tokenizer tokenizer)
    {
        var ids = new ushort[shard.Count];
        shard.Read(0, ids);
        List<string> documents = [];
        List<int> document = [];
        foreach (var id in ids)
        {
            if (id == SpecialTokens.BeginOfText) document = [];
            else if (id == SpecialTokens.EndOfText) documents.Add(tokenizer.Decode(document));
            else document.Add(id);
        }
        return documents;
    }
}
