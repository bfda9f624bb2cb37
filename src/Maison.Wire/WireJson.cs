// The source-generated JSON of all wire records: snake_case, nulls left out unless the schema wants them, nothing lenient:
// numbers are never read from strings, and a field given twice is an error.

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Maison.Wire;

/// <summary>How every record of this room is read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(IReadOnlyList<ContentPart>))]
[JsonSerializable(typeof(ChatResponse))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(CompletionRequest))]
[JsonSerializable(typeof(CompletionResponse))]
[JsonSerializable(typeof(ResponseRequest))]
[JsonSerializable(typeof(IReadOnlyList<InputItem>))]
[JsonSerializable(typeof(ResponseObject))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(DeletedResponse))]
[JsonSerializable(typeof(ConversationRequest))]
[JsonSerializable(typeof(ConversationList))]
[JsonSerializable(typeof(ConversationItemList))]
[JsonSerializable(typeof(DeletedConversation))]
[JsonSerializable(typeof(MessageRequest))]
[JsonSerializable(typeof(IReadOnlyList<MessageBlock>))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(MessageEvent))]
[JsonSerializable(typeof(MessageError))]
[JsonSerializable(typeof(TokenCount))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(EmbeddingResponse))]
[JsonSerializable(typeof(SpeechRequest))]
[JsonSerializable(typeof(SpeechAudioDelta))]
[JsonSerializable(typeof(SpeechWords))]
[JsonSerializable(typeof(SpeechDelivery))]
[JsonSerializable(typeof(SpeechAudioDone))]
[JsonSerializable(typeof(VoiceList))]
[JsonSerializable(typeof(ImageRequest))]
[JsonSerializable(typeof(ImageResponse))]
[JsonSerializable(typeof(ImageEvent))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ProjectList))]
[JsonSerializable(typeof(ApiKeyList))]
[JsonSerializable(typeof(ProjectRequest))]
[JsonSerializable(typeof(ApiKeyRequest))]
[JsonSerializable(typeof(RotateRequest))]
[JsonSerializable(typeof(DeletedBody))]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(UsagePage))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(BatchRequest))]
[JsonSerializable(typeof(BatchLine))]
[JsonSerializable(typeof(BatchResultLine))]
[JsonSerializable(typeof(BatchList))]
[JsonSerializable(typeof(BriefingRequest))]
[JsonSerializable(typeof(BriefingList))]
[JsonSerializable(typeof(BriefingFeedback))]
[JsonSerializable(typeof(ShowList))]
[JsonSerializable(typeof(DeletedBriefing))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(StatusBody))]
public sealed partial class WireJson : JsonSerializerContext;
