namespace TurkishLlm.Data.Conversations;

/// <summary>Conversations as ShareGPT stores them, under the role names of its many descendants.</summary>
internal static class ShareGptFormat
{
    public static ConversationRow Read(JsonRow row) => MessagesFormat.Read(row, row.GetRows("conversations"));
}
