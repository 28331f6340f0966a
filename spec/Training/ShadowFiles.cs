using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Data.Preference;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>Files of conversations and pairs for shadow runs; all questions differ, and one row occurs twice.</summary>
internal static class ShadowFiles
{
    private static readonly JsonSerializerOptions Format = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly string[][] MainRows =
    [
        ["Bakır nerede?", "D50 deposunda."],
        ["Kaç kilo?", "On iki.", "Yeterli mi?", "Evet, yeterli."],
        ["Fire nedir?", "Kullanılmayan parça."],
        ["Sipariş hazır mı?", "Hayır."],
        ["Stok kaç?", "Beş.", "Dün kaçtı?", "Yedi adetti."],
        ["Kim onaylar?", "Müdür onaylar."],
        ["Bakır nerede?", "D50 deposunda."],
        ["Vardiya ne zaman?", "Sabah sekizde."],
        ["Ürün kodu ne?", "A7.", "Rengi ne?", "Kırmızı."],
        ["Palet nerede?", "Rampada.", "Kaç tane?", "Dört."],
        ["Sevkiyat ne gün?", "Salı."],
        ["Kablo kaç kilo?", "Yüz kilo.", "Ağır mı?", "Hafif."],
    ];

    private static readonly string[][] MoreRows =
    [
        ["Işık açık mı?", "Kapalı."],
        ["Ölçü birimi ne?", "Milimetre."],
        ["İş emri var mı?", "Üç tane var."],
    ];

    private static readonly string[][] PairRows =
    [
        ["Fire nereye girer?", "D50 deposuna girer.", "Bilmiyorum."],
        ["Kaç adet var?", "Yedi.", "Yüz adet var sanırım."],
        ["İş bitti mi?", "Evet, bitti.", "Belki."],
        ["Kim sayar?", "Depocu sayar.", "Kimse."],
        ["Işık yanıyor mu?", "Hayır.", "Evet."],
        ["Fire nereye girer?", "D50 deposuna girer.", "Bilmiyorum."],
        ["Ne üretilir?", "Kablo üretilir.", "Bir şey."],
        ["Hangi gün?", "Salı.", "Her gün olabilir."],
    ];

    /// <summary>Writes conversations to a folder and returns the file.</summary>
    public static string Main(string folder) => WriteConversations(folder, "main.jsonl", MainRows);

    /// <summary>Writes more conversations to a folder and returns the file.</summary>
    public static string More(string folder) => WriteConversations(folder, "more.jsonl", MoreRows);

    /// <summary>Writes pairs to a folder and returns the file.</summary>
    public static string Pairs(string folder) => Write(folder, "pairs.jsonl", PairRows.Select(row => new
    {
        prompt = row[0],
        chosen = row[1],
        rejected = row[2],
    }));

    /// <summary>The pairs with the rejected answers as the chosen ones.</summary>
    public static string ExchangedPairs(string file) => Write("", file, PairRows.Select(row => new
    {
        prompt = row[0],
        chosen = row[2],
        rejected = row[1],
    }));

    /// <summary>Writes conversations without tools to a folder and returns the file.</summary>
    public static string Write(string folder, string name, IEnumerable<Conversation> rows) =>
        Write(folder, $"{name}.jsonl", rows.Select(row => new
        {
            messages = row.Messages.Select(message => new
            {
                role = ChatMessage.GetRoleName(message.Role),
                content = message.Text,
                context = message.Context.Count > 0 ? message.Context : null,
            }),
        }));

    /// <summary>Writes pairs of answers to one question to a folder and returns the file.</summary>
    public static string Write(string folder, IEnumerable<PreferenceRow> rows) =>
        Write(folder, "pairs.jsonl", rows.Select(row => new
        {
            prompt = row.Chosen.Messages[0].Text,
            chosen = row.Chosen.Messages[1].Text,
            rejected = row.Rejected.Messages[1].Text,
        }));

    /// <summary>Writes answers with a label to a folder and returns the file.</summary>
    public static string Write(string folder, IEnumerable<LabeledRow> rows) =>
        Write(folder, "answers.jsonl", rows.Select(row => new
        {
            prompt = row.Conversation.Messages[0].Text,
            completion = row.Conversation.Messages[1].Text,
            label = row.IsDesirable,
        }));

    private static string WriteConversations(string folder, string name, string[][] rows) =>
        Write(folder, name, rows.Select((row, number) => new
        {
            messages = row.Select((text, turn) => new
            {
                role = turn % 2 == 0 ? "user" : "assistant",
                content = text,
                context = turn == 0 && number % 3 == 0 ? (string[])[$"Kayıt {row[1]}"] : null,
            }),
        }));

    private static string Write<T>(string folder, string name, IEnumerable<T> rows)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllLines(file, rows.Select(row => JsonSerializer.Serialize(row, Format)));
        return file;
    }
}
