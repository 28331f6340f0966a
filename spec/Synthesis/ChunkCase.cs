using System.Globalization;
using System.Text;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>A page with text before its first section, a section that is too long for a chunk, and a table or a list.</summary>
/// <param name="Kind">Ending of its file.</param>
/// <param name="Rows">Rows of its table, or items of its list.</param>
/// <param name="MaxTokens">Maximum number of tokens of a chunk.</param>
public sealed record ChunkCase(string Kind, int Rows, int MaxTokens)
{
    internal string Document => $"kablo/sayfa{Kind}";

    internal string Text(long seed)
    {
        string Words(int i) =>
            string.Create(
                CultureInfo.InvariantCulture, $"Ölçü {(seed + 7919 * i) % 997} kg; ığdır şişe çuval, {i} numaralı İğne.");
        var rows = Enumerable.Range(1, Rows).ToArray();
        var text = new StringBuilder();
        if (Kind == ".html")
        {
            text.Append(
                "<html lang='tr'><body><nav>Telbis</nav><main><h1>Kılıf &amp; yalıtım</h1><p>Başlamadan önce "
                    + "<b>oku</b>.</p><h2>Ölçüler</h2><table><tr><th>Kod</th><th>Değer</th></tr>");
            foreach (var i in rows)
                text.Append(CultureInfo.InvariantCulture, $"<tr><td><code>K-{i}</code></td><td>{Words(i)}</td></tr>");
            text.Append("</table><pre>SELECT *\n  FROM LOT;</pre><h3>Son söz</h3><p>Bitti.</p></main></body></html>");
        }
        else if (Kind == ".md")
        {
            text.Append("# Kılıf ve yalıtım\n\nBaşlamadan önce **oku**.\n\n## Ölçüler\n\n| Kod | Değer |\n| --- | --- |\n");
            foreach (var i in rows) text.Append(CultureInfo.InvariantCulture, $"| `K-{i}` | {Words(i)} |\n");
            text.Append("\n```sql\nSELECT *\n  FROM LOT;\n```\n\n### Son söz\n\nBitti.\n");
        }
        else
        {
            text.Append("Kılıf ve yalıtım\nBaşlamadan önce okunacak bir tümce burada durur.\nÖlçüler\n");
            foreach (var i in rows) text.Append(CultureInfo.InvariantCulture, $"- {Words(i)}\n");
            text.Append("Son söz\nBitti.\n");
        }
        return text.ToString();
    }
}
