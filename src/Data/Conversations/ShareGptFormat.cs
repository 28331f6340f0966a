namespace TurkishLlm.Data.Conversations;

/// <summary>Conversations in the ShareGPT format, with the role names of its variants.</summary>
internal static class ShareGptFormat
{
    public static ConversationRow Read(JsonRow row)
    {
        KnownKeys.ShareGpt.Check(row);
        return MessagesFormat.Read(row, row.GetRows("conversations"));
    }
}
